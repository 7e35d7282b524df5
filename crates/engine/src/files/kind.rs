//! What a file is, judged by its content.
//!
//! A file's name proves nothing and what a client declares little: the first bytes decide. What is
//! declared only makes the judgement finer, such as a table among texts or a document among archives;
//! where it contradicts the content the file is refused.

/// What content is that no rule knows.
pub(super) const UNKNOWN: &str = "application/octet-stream";

const ZIP: &str = "application/zip";
const OLE: &str = "application/x-ole-storage";
const TEXT: &str = "text/plain";
const XML: &str = "application/xml";
const HTML: &str = "text/html";
const SVG: &str = "image/svg+xml";
const MP4: &str = "video/mp4";
const PROGRAM: &str = "application/x-executable";

/// First bytes: from where, which, and what they mean.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftyp", MP4),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"MZ", PROGRAM),
    (0, b"\x7fELF", PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", PROGRAM),
];

/// Other words for a type.
const ALIASES: &[(&str, &str)] = &[
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/heif", "image/heic"),
    ("application/x-pdf", "application/pdf"),
    ("application/x-zip-compressed", ZIP),
    ("application/x-rar-compressed", "application/vnd.rar"),
    ("application/x-gzip", "application/gzip"),
    ("application/x-msdownload", PROGRAM),
    ("text/rtf", "application/rtf"),
    ("text/xml", XML),
    ("application/csv", "text/csv"),
    ("text/x-csv", "text/csv"),
    ("application/xhtml+xml", HTML),
    ("audio/mp3", "audio/mpeg"),
    ("audio/x-wav", "audio/wav"),
    ("audio/wave", "audio/wav"),
    ("audio/vnd.wave", "audio/wav"),
    ("video/avi", "video/x-msvideo"),
];

/// Types that a finer declaration may give to content of one kind.
const FINER: &[(&str, &[&str])] = &[
    (
        ZIP,
        &[
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/ofd",
        ],
    ),
    (
        OLE,
        &[
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.ms-outlook",
            "application/vnd.ms-works",
        ],
    ),
    // Some clients declare every table as a workbook.
    (TEXT, &["text/csv", "text/tab-separated-values", "text/markdown", "application/json"]),
    (TEXT, &["message/rfc822", "text/calendar", "text/vcard", "application/vnd.ms-excel"]),
    (XML, &[TEXT]),
    (MP4, &["audio/mp4", "audio/x-m4a", "video/quicktime", "video/x-m4v", "video/3gpp"]),
    ("audio/ogg", &["video/ogg", "audio/opus"]),
    ("video/webm", &["audio/webm", "video/x-matroska"]),
];

/// What the ending of a name declares where the client declares nothing.
const ENDINGS: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("svg", SVG),
    ("htm", HTML),
    ("html", HTML),
    ("xml", XML),
    ("txt", TEXT),
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("ofd", "application/ofd"),
    ("doc", "application/msword"),
    ("xls", "application/vnd.ms-excel"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("zip", ZIP),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("mp4", MP4),
];

/// How a file can be shown within a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preview {
    /// As a picture.
    Image,
    /// As pages.
    Pdf,
    /// As text.
    Text,
    /// To be heard.
    Audio,
    /// To be watched.
    Video,
    /// Not at all: it is only saved.
    None,
}

impl Preview {
    /// How content of a judged type is shown. What could run in a page is not.
    #[must_use]
    pub fn of(media_type: &str) -> Preview {
        match media_type {
            "image/png" | "image/jpeg" | "image/gif" | "image/webp" => Preview::Image,
            "application/pdf" => Preview::Pdf,
            TEXT | "text/csv" | "application/json" => Preview::Text,
            "audio/mpeg" | "audio/wav" | "audio/ogg" | "audio/mp4" => Preview::Audio,
            MP4 | "video/webm" => Preview::Video,
            _ => Preview::None,
        }
    }
}

/// What a file is, by its first bytes and what is declared of it; or what its content is, where that
/// contradicts the declaration.
pub(super) fn judge(declared: &str, name: &str, head: &[u8]) -> Result<String, &'static str> {
    let found = by_content(head);
    let declared = match canonical(declared) {
        UNKNOWN => by_ending(name),
        stated => stated,
    };
    let finer = FINER.iter().any(|(kind, finer)| *kind == found && finer.contains(&declared));
    if finer {
        // A table that a client calls a workbook is a table.
        let table = found == TEXT && declared == "application/vnd.ms-excel";
        return Ok(if table { "text/csv" } else { declared }.to_owned());
    }
    if declared == found || declared == UNKNOWN || (found == UNKNOWN && !is_known(declared)) {
        return Ok(found.to_owned());
    }
    let text = found == TEXT && declared.starts_with("text/") && !is_known(declared);
    if text || (found == ZIP && !is_known(declared)) { Ok(found.to_owned()) } else { Err(found) }
}

fn canonical(declared: &str) -> &str {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == declared);
    match alias {
        Some((_, name)) => name,
        None if declared.is_empty() => UNKNOWN,
        None => declared,
    }
}

fn by_ending(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let found = ENDINGS.iter().find(|(known, _)| Some(*known) == ending.as_deref());
    found.map_or(UNKNOWN, |(_, kind)| kind)
}

/// Whether content of this type would be known by its first bytes.
fn is_known(declared: &str) -> bool {
    let kinds = [TEXT, XML, HTML, SVG];
    kinds.contains(&declared)
        || MAGIC.iter().any(|(_, _, kind)| *kind == declared)
        || FINER.iter().any(|(_, finer)| finer.contains(&declared))
}

fn by_content(head: &[u8]) -> &'static str {
    let starts = |(at, bytes, _): &&(usize, &[u8], &str)| {
        head.get(*at..).is_some_and(|rest| rest.starts_with(bytes))
    };
    match MAGIC.iter().find(starts) {
        Some((_, _, kind)) => kind,
        None if is_text(head) => by_markup(head),
        None => UNKNOWN,
    }
}

/// Whether the bytes read as text: none that texts never hold, in any encoding in use.
fn is_text(head: &[u8]) -> bool {
    let wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let never = |byte: &u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31 | 127);
    !head.is_empty() && (wide || !head.iter().any(never))
}

/// Which markup a text is, if any: a browser that guesses is not to find scripts in a plain text.
fn by_markup(head: &[u8]) -> &'static str {
    let plain: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
    let text = String::from_utf8_lossy(&plain).to_ascii_lowercase();
    let text = text.trim_start_matches(|c: char| !c.is_ascii_graphic());
    if !text.starts_with('<') {
        return TEXT;
    }
    let holds = |tags: &[&str]| tags.iter().any(|tag| text.contains(tag));
    if holds(&["<svg"]) {
        SVG
    } else if holds(&["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<img"]) {
        HTML
    } else if text.starts_with("<?xml") {
        XML
    } else {
        TEXT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_what_a_file_is() {
        let check = |declared: &str, name: &str, head: &[u8], expected: Result<&str, &str>| {
            let found = judge(declared, name, head);
            assert_eq!(found.as_deref().map_err(|e| *e), expected, "{declared} {name}");
        };
        let pdf: &[u8] = b"%PDF-1.7 ...";
        check("application/pdf", "a.pdf", pdf, Ok("application/pdf"));
        check("", "a.png", pdf, Err("application/pdf"));
        check("image/png", "a.png", pdf, Err("application/pdf"));
        check(UNKNOWN, "a", pdf, Ok("application/pdf"));
        check("image/jpg", "a", b"\xff\xd8\xff\xe0", Ok("image/jpeg"));
        check("application/pdf", "a.pdf", b"MZ\x90\0", Err(PROGRAM));
        check(UNKNOWN, "a.pdf", b"MZ\x90\0", Err(PROGRAM));
        check("text/csv", "a.csv", "姓名,电话\n".as_bytes(), Ok("text/csv"));
        check("text/csv", "a.csv", b"\xd0\xd5\xc3\xfb,\xb5\xe7\n", Ok("text/csv"));
        check("application/vnd.ms-excel", "a.csv", b"a,b\n1,2\n", Ok("text/csv"));
        check("application/vnd.ms-excel", "a.xls", b"<html><table>", Err(HTML));
        check("text/plain", "a.txt", b"  <!DOCTYPE html><p>", Err(HTML));
        check("text/plain", "a.txt", b"\xef\xbb\xbf<script>alert(1)</script>", Err(HTML));
        check("image/png", "a.png", b"<?xml version='1.0'?><svg/>", Err(SVG));
        check("text/html", "a.html", b"<html>", Ok(HTML));
        check("image/svg+xml", "a.svg", b"<svg onload='x()'/>", Ok(SVG));
        check("application/zip", "a.zip", b"PK\x03\x04", Ok(ZIP));
        check(UNKNOWN, "a.xlsx", b"PK\x03\x04", Ok(FINER[0].1[1]));
        check("text/csv", "a.csv", b"PK\x03\x04", Err(ZIP));
        check("text/csv", "a.csv", b"\x01\x02\x03", Err(UNKNOWN));
        check("application/x-own", "a.own", b"\x01\x02\x03", Ok(UNKNOWN));
    }

    #[test]
    fn what_could_run_in_a_page_is_not_shown_in_one() {
        for kind in [HTML, SVG, XML, PROGRAM, ZIP, UNKNOWN] {
            assert_eq!(Preview::of(kind), Preview::None, "{kind}");
        }
        assert_eq!(Preview::of("application/pdf"), Preview::Pdf);
    }
}
