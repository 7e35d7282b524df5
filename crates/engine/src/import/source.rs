//! Reading files that people bring: CSV in whatever encoding and with whatever delimiter, XLSX.
//!
//! Turns bytes into rows of texts with their place in the file. Refuses what it cannot read for
//! certain (a broken workbook, an unknown encoding) with the reason; never guesses at values.

use std::io::{Cursor, Read};

use calamine::{Data, Reader as _, Xlsx};
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8};
use serde::{Deserialize, Serialize};

/// Most columns of a file.
pub const COLUMNS_MAX: usize = 500;
/// Most bytes a workbook may unpack to.
const UNPACKED_MAX: u64 = 1 << 30;
/// Most times larger than packed a workbook's part may be.
const RATIO_MAX: u64 = 200;
/// Most bytes of a workbook.
pub const WORKBOOK_MAX: u64 = 64 << 20;
/// Bytes decoded at a time.
const BLOCK: usize = 1 << 16;
/// Bytes looked at to tell encoding and delimiter.
pub const SAMPLE: usize = 1 << 18;

/// What kind of file it is, detected or set by the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Format {
    /// Delimited text.
    Csv {
        /// Name of the encoding, such as `UTF-8` or `GB18030`.
        encoding: String,
        /// One character.
        delimiter: char,
    },
    /// A workbook.
    Xlsx {
        /// Sheet read.
        sheet: String,
        /// All sheets.
        sheets: Vec<String>,
    },
}

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Not in the encoding it should be in.
    #[error("byte {at} is not valid {encoding}")]
    Encoding {
        /// Encoding tried.
        encoding: String,
        /// Offset of the first bad byte.
        at: u64,
    },
    /// Not an encoding this can read.
    #[error("unknown encoding `{0}`")]
    UnknownEncoding(String),
    /// A workbook that cannot be opened.
    #[error("the workbook is damaged or not an XLSX file: {0}")]
    Workbook(String),
    /// Cannot be read to its end.
    #[error("the file cannot be read: {0}")]
    Broken(String),
    /// The sheet is not there.
    #[error("there is no sheet `{0}`")]
    NoSheet(String),
    /// It would unpack to more than is allowed.
    #[error("the workbook unpacks to more than is allowed")]
    TooLarge,
    /// Too wide.
    #[error("more than {COLUMNS_MAX} columns")]
    TooWide,
}

/// A cell as found.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Text as it stands; empty text is an empty cell.
    Text(String),
    /// A civil date of a workbook, already unmistakable.
    Date(kernel::Date),
    /// A civil date and time of a workbook, in Asia/Shanghai.
    DateTime(String),
    /// A number of a workbook; `exact` says it has at most 15 digits, all of which the workbook
    /// kept.
    Number {
        /// Shortest text that reads back as the number.
        text: String,
        /// Whether no digit was lost.
        exact: bool,
    },
    /// A formula without a stored value, or an error value.
    Broken(String),
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRow {
    /// The record's number in a CSV file (the first is 1), or the sheet's row number.
    pub line: u64,
    /// Cells, as many as the row has.
    pub cells: Vec<Cell>,
}

impl Cell {
    /// The cell as text, for headers and error files.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Cell::Text(text) | Cell::DateTime(text) | Cell::Number { text, .. } => text.clone(),
            Cell::Date(date) => date.to_string(),
            Cell::Broken(why) => why.clone(),
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Cell::Text(text) if text.trim_matches(is_space).is_empty())
    }
}

/// ASCII and ideographic space, tab, no-break space.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{3000}' || c == '\u{a0}' || c == '\u{feff}'
}

/// Tells what a file is from its first bytes (up to [`SAMPLE`]); `whole` says that is all of it. A
/// workbook needs all of its bytes, and its first sheet is proposed.
pub fn detect(bytes: &[u8], whole: bool) -> Result<Format, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    if is_workbook(bytes) {
        let sheets = sheets(bytes)?;
        let sheet = sheets.first().cloned().ok_or_else(|| Unreadable::NoSheet("1".into()))?;
        return Ok(Format::Xlsx { sheet, sheets });
    }
    let sample = bytes.get(..bytes.len().min(SAMPLE)).unwrap_or(bytes);
    let encoding = detect_encoding(sample, whole && sample.len() == bytes.len());
    let (text, _, _) = encoding.decode(sample);
    Ok(Format::Csv { encoding: encoding.name().to_owned(), delimiter: detect_delimiter(&text) })
}

/// Whether these are the first bytes of a workbook (packed, or the old binary form).
#[must_use]
pub fn is_workbook(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xd0\xcf\x11\xe0")
}

/// A byte-order mark decides; then what is valid UTF-8 is UTF-8; then what is valid GB18030, the
/// superset of every Chinese legacy encoding; else the detector chooses. Unless the sample is
/// `whole`, a character cut at its end does not count.
fn detect_encoding(sample: &[u8], whole: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    let utf8 = match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => !whole && error.error_len().is_none(),
    };
    if utf8 {
        return UTF_8;
    }
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(sample.len()).unwrap_or(0);
    let mut scratch = String::with_capacity(most);
    let (result, _) = decoder.decode_to_string_without_replacement(sample, &mut scratch, whole);
    if !matches!(result, DecoderResult::Malformed(..)) {
        return GB18030;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny)
}

/// The character that splits the first lines into the same number of parts, the most parts first.
fn detect_delimiter(text: &str) -> char {
    let mut best = (',', 1);
    for delimiter in [',', ';', '\t', '|'] {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(u8::try_from(delimiter).unwrap_or(b','))
            .from_reader(text.as_bytes());
        let widths: Vec<usize> =
            reader.records().take(10).filter_map(|row| Some(row.ok()?.len())).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let agreed = widths.iter().filter(|width| **width == widest).count() * 2 > widths.len();
        if agreed && widest > best.1 {
            best = (delimiter, widest);
        }
    }
    best.0
}

fn sheets(bytes: &[u8]) -> Result<Vec<String>, Unreadable> {
    guard_against_bombs(bytes)?;
    let book: Xlsx<_> = open(bytes)?;
    Ok(book.sheet_names())
}

fn open(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, Unreadable> {
    Xlsx::new(Cursor::new(bytes)).map_err(|error| Unreadable::Workbook(error.to_string()))
}

/// Unpacks each part once, counting, before anything is built from it: sizes that an archive states
/// about itself are not believed.
fn guard_against_bombs(bytes: &[u8]) -> Result<(), Unreadable> {
    let broken = |error: zip::result::ZipError| Unreadable::Workbook(error.to_string());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut total = 0;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(broken)?;
        let packed = part.compressed_size().max(1);
        let most =
            UNPACKED_MAX.saturating_sub(total).min(packed.saturating_mul(RATIO_MAX) + (1 << 20));
        let read = std::io::copy(&mut part.take(most + 1), &mut std::io::sink())
            .map_err(|error| Unreadable::Workbook(error.to_string()))?;
        if read > most {
            return Err(Unreadable::TooLarge);
        }
        total += read;
    }
    Ok(())
}

/// Calls `each` with every row in order until it answers `false`. Delimited text is streamed; a
/// workbook is read whole.
pub fn read(
    mut input: impl Read,
    format: &Format,
    mut each: impl FnMut(RawRow) -> bool,
) -> Result<(), Unreadable> {
    match format {
        Format::Csv { encoding, delimiter } => {
            let known = Encoding::for_label(encoding.as_bytes())
                .ok_or_else(|| Unreadable::UnknownEncoding(encoding.clone()))?;
            read_csv(Decoded::new(input, known), *delimiter, &mut each)
        }
        Format::Xlsx { sheet, .. } => {
            let bytes = bounded(&mut input, WORKBOOK_MAX)?;
            read_xlsx(&bytes, sheet, &mut each)
        }
    }
}

fn read_csv<R: Read>(
    decoded: Decoded<R>,
    delimiter: char,
    each: &mut dyn FnMut(RawRow) -> bool,
) -> Result<(), Unreadable> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(decoded);
    let mut record = csv::StringRecord::new();
    let mut line = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                let inner = reader.get_mut().failure.take();
                return Err(inner.unwrap_or_else(|| Unreadable::Broken(error.to_string())));
            }
        }
        line += 1;
        if record.len() > COLUMNS_MAX {
            return Err(Unreadable::TooWide);
        }
        let cells = record.iter().map(|text| Cell::Text(text.to_owned())).collect();
        if !each(RawRow { line, cells }) {
            return Ok(());
        }
    }
}

/// Decodes a stream to UTF-8 as it is read, without replacing anything: the first byte that is not
/// valid ends it with an error that says where.
struct Decoded<R> {
    input: R,
    decoder: encoding_rs::Decoder,
    name: &'static str,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    consumed: u64,
    ended: bool,
    failure: Option<Unreadable>,
}

impl<R: Read> Decoded<R> {
    fn new(input: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            name: encoding.name(),
            raw: Vec::new(),
            text: Vec::new(),
            given: 0,
            consumed: 0,
            ended: false,
            failure: None,
        }
    }

    /// Decodes the next block of input.
    fn refill(&mut self) -> std::io::Result<()> {
        let mut block = vec![0; BLOCK];
        let read = self.input.read(&mut block)?;
        block.truncate(read);
        self.raw = block;
        self.ended = read == 0;
        self.given = 0;
        let most = self.decoder.max_utf8_buffer_length_without_replacement(self.raw.len());
        let mut text = String::with_capacity(most.unwrap_or(BLOCK * 3));
        let (result, taken) =
            self.decoder.decode_to_string_without_replacement(&self.raw, &mut text, self.ended);
        self.consumed += u64::try_from(taken).unwrap_or(0);
        self.text = text.into_bytes();
        if matches!(result, DecoderResult::Malformed(..)) {
            let at = self.consumed.saturating_sub(1);
            self.failure = Some(Unreadable::Encoding { encoding: self.name.to_owned(), at });
            return Err(std::io::Error::other("encoding"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.given >= self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = self.text.get(self.given..).unwrap_or_default();
        let count = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

fn read_xlsx(
    bytes: &[u8],
    sheet: &str,
    each: &mut dyn FnMut(RawRow) -> bool,
) -> Result<(), Unreadable> {
    guard_against_bombs(bytes)?;
    let mut book = open(bytes)?;
    if !book.sheet_names().iter().any(|name| name == sheet) {
        return Err(Unreadable::NoSheet(sheet.to_owned()));
    }
    let wrong = |error: calamine::XlsxError| Unreadable::Workbook(error.to_string());
    let formulas = book.worksheet_formula(sheet).map_err(wrong)?;
    let range = book.worksheet_range(sheet).map_err(wrong)?;
    if range.width() > COLUMNS_MAX {
        return Err(Unreadable::TooWide);
    }
    let (top, left) = range.start().unwrap_or((0, 0));
    for (at, row) in range.rows().enumerate() {
        let number = top + u32::try_from(at).unwrap_or(u32::MAX);
        let mut cells: Vec<Cell> = (0..left).map(|_| Cell::Text(String::new())).collect();
        for (column, data) in row.iter().enumerate() {
            let place = (number, left + u32::try_from(column).unwrap_or(0));
            let formula = formulas.get_value(place).filter(|text| !text.is_empty());
            cells.push(cell(data, formula.map(String::as_str)));
        }
        while cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        if !cells.is_empty() && !each(RawRow { line: u64::from(number) + 1, cells }) {
            break;
        }
    }
    Ok(())
}

fn cell(data: &Data, formula: Option<&str>) -> Cell {
    match data {
        Data::Empty if formula.is_some() => Cell::Broken(format!("={}", formula.unwrap_or(""))),
        Data::Empty => Cell::Text(String::new()),
        Data::String(text) if text.is_empty() && formula.is_some() => {
            Cell::Broken(format!("={}", formula.unwrap_or("")))
        }
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            Cell::Text(text.clone())
        }
        Data::Bool(flag) => Cell::Text(if *flag { "TRUE" } else { "FALSE" }.into()),
        Data::Int(number) => Cell::Number { text: number.to_string(), exact: true },
        Data::Float(number) => {
            let text = number.to_string();
            let digits = text.chars().filter(char::is_ascii_digit).count();
            Cell::Number { text, exact: digits <= 15 }
        }
        Data::DateTime(stamp) => date_cell(stamp.to_ymd_hms_milli()),
        Data::Error(error) => Cell::Broken(error.to_string()),
    }
}

/// A workbook's date and time, as a date when it has no time of day.
fn date_cell(parts: (u16, u8, u8, u8, u8, u8, u16)) -> Cell {
    let (year, month, day, hour, minute, second, _) = parts;
    let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    let date = i16::try_from(year).ok().and_then(|year| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        kernel::Date::new(year, month, day).ok()
    });
    match date {
        Some(date) if (hour, minute, second) == (0, 0, 0) => Cell::Date(date),
        Some(_) => Cell::DateTime(text),
        None => Cell::Broken(text),
    }
}

/// Reads all of a reader, refusing more than `most` bytes.
pub fn bounded(reader: impl Read, most: u64) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    reader
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Unreadable::Workbook(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Unreadable::TooLarge);
    }
    Ok(bytes)
}
