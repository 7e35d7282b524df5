//! The key ring: sealing, rotation, blind indexes and published vectors.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Mutex;

use proptest::prelude::*;
use sm4::Sm4;
use sm4::cipher::{BlockEncrypt, KeyInit};

use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn both() -> [Keys; 2] {
    [Suite::Aes256Gcm, Suite::Sm4Gcm]
        .map(|suite| Keys::in_memory(Algorithms { suite, hash: HashKind::Sha256 }).unwrap())
}

fn folder() -> PathBuf {
    let mut name = [0; 8];
    getrandom::fill(&mut name).unwrap();
    let path = std::env::temp_dir().join(format!("jinyao-keys-{}", hex(&name)));
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn sm3_gives_the_standards_vector() {
    use sm3::Digest;
    assert_eq!(
        hex(&sm3::Sm3::digest(b"abc")),
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    );
}

#[test]
fn sm4_gives_the_standards_vectors() {
    let key = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
    let cipher = Sm4::new(&key.into());
    let mut block = key.into();
    cipher.encrypt_block(&mut block);
    assert_eq!(hex(&block), "681edf34d206965e86b3e94f536e4246");
    for _ in 1..1_000_000 {
        cipher.encrypt_block(&mut block);
    }
    assert_eq!(hex(&block), "595298c7c6fd271f0402f804c33d3f66");
}

#[test]
fn sm4_gcm_gives_the_vector_of_rfc_8998() {
    use aes_gcm::AesGcm;
    use aes_gcm::aead::{Aead, KeyInit as _, Payload, consts::U12};
    let key = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
    let nonce = [0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 0xab, 0xcd];
    let plain: Vec<u8> = [0xaa_u8, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa]
        .iter()
        .flat_map(|byte| [*byte; 8])
        .collect();
    let aad = [
        0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe,
        0xef, 0xab, 0xad, 0xda, 0xd2,
    ];
    let sealed = AesGcm::<Sm4, U12>::new(&key.into())
        .encrypt(&nonce.into(), Payload { msg: &plain, aad: &aad })
        .unwrap();
    assert_eq!(
        hex(&sealed),
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
         d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
         83de3541e4c2b58177e065a9bf7b62ec"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens_only_where_it_belongs(
        plain in proptest::collection::vec(any::<u8>(), 0..200),
        flip in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        for keys in both() {
            let sealed = keys.seal(b"a.b", &plain);
            prop_assert_eq!(keys.open_sealed(b"a.b", &sealed).unwrap(), plain.clone());
            prop_assert!(keys.open_sealed(b"a.c", &sealed).is_err());
            let mut bent = sealed.clone();
            let place = flip.index(bent.len());
            bent[place] ^= 1 << bit;
            prop_assert!(keys.open_sealed(b"a.b", &bent).is_err());
            prop_assert!(keys.open_file(b"a.b", &sealed).is_err(), "purposes are apart");
        }
    }
}

#[test]
fn the_same_value_never_seals_to_the_same_bytes() {
    for keys in both() {
        assert_ne!(keys.seal(b"x", b"one"), keys.seal(b"x", b"one"));
    }
}

#[test]
fn blind_indexes_are_equal_for_equal_values_of_one_column_and_survive_rotation() {
    let [keys, other] = both();
    let index = keys.blind(b"person.mobile", b"13800138000");
    assert_ne!(index, keys.blind(b"person.phone", b"13800138000"));
    assert_ne!(index, keys.token(b"person.mobile", b"13800138000"));
    assert_ne!(index, keys.digest(b"person.mobile", b"13800138000"));
    assert_ne!(index, other.blind(b"person.mobile", b"13800138000"));
    assert_ne!(keys.blind(b"ab", b"c"), keys.blind(b"a", b"bc"), "parts keep their walls");
    keys.rotate(kernel::Instant::UNIX_EPOCH).unwrap();
    assert_eq!(index, keys.blind(b"person.mobile", b"13800138000"));
}

#[test]
fn a_ring_file_is_private_and_rotates_for_all_who_use_it() {
    let path = folder().join("keys.json");
    let now = kernel::Instant::UNIX_EPOCH;
    let keys = Keys::open_or_create(&path, Algorithms::default(), now).unwrap();
    let again = Keys::open_or_create(&path, Algorithms::default(), now).unwrap();
    let sealed = keys.seal(b"c", b"plain");
    assert_eq!(again.open_sealed(b"c", &sealed).unwrap(), b"plain");
    assert_eq!(keys.origin(), again.origin());

    assert_eq!(keys.rotate(now).unwrap(), 2);
    let newer = keys.seal(b"c", b"plain");
    assert_eq!(again.current(), 1);
    assert_eq!(again.open_sealed(b"c", &newer).unwrap(), b"plain", "learns of the rotation");
    assert_eq!(keys.open_sealed(b"c", &sealed).unwrap(), b"plain", "old versions still open");
    assert!(keys.reseal(b"c", &newer).unwrap().is_none());
    let resealed = keys.reseal(b"c", &sealed).unwrap().unwrap();
    assert_eq!(keys.open_sealed(b"c", &resealed).unwrap(), b"plain");

    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Keys::open(&path), Err(Error::Refused(_))));
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn nothing_secret_is_printed() {
    let path = folder().join("keys.json");
    let keys =
        Keys::open_or_create(&path, Algorithms::default(), kernel::Instant::UNIX_EPOCH).unwrap();
    let shown = format!("{keys:?}");
    let text = std::fs::read_to_string(&path).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    for secret in [&file["index"], &file["log"], &file["signing"], &file["masters"][0]["secret"]] {
        assert!(!shown.contains(secret.as_str().unwrap()));
    }
    // A damaged ring is refused without quoting what it holds.
    let broken = text.replace("\"log\"", "\"lug\"");
    std::fs::write(&path, &broken).unwrap();
    let message = Keys::open(&path).unwrap_err().to_string();
    assert!(message.contains("damaged") && !message.contains(file["log"].as_str().unwrap()));
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

/// A column in memory that fails once in the middle.
struct Column {
    cells: Mutex<Vec<(u8, Vec<u8>)>>,
    cursor: Mutex<Option<Vec<u8>>>,
    fail_at: Mutex<Option<usize>>,
}

impl SealedColumn for Column {
    async fn read(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<SealedCell>, Error> {
        let after = after.map(|key| key[0]);
        let cells = self.cells.lock().unwrap();
        Ok(cells
            .iter()
            .filter(|(key, _)| after.is_none_or(|after| *key > after))
            .take(limit)
            .map(|(key, sealed)| SealedCell {
                key: vec![*key],
                context: b"column".to_vec(),
                sealed: sealed.clone(),
            })
            .collect())
    }

    async fn replace(&self, changed: Vec<Resealed>, cursor: &[u8]) -> Result<(), Error> {
        let mut fail_at = self.fail_at.lock().unwrap();
        if let Some(left) = fail_at.as_mut() {
            if *left == 0 {
                *fail_at = None;
                return Err(Error::Busy);
            }
            *left -= 1;
        }
        let mut cells = self.cells.lock().unwrap();
        for change in changed {
            let cell = cells.iter_mut().find(|(key, _)| *key == change.key[0]).unwrap();
            assert_eq!(cell.1, change.before);
            cell.1 = change.after;
        }
        *self.cursor.lock().unwrap() = Some(cursor.to_vec());
        Ok(())
    }
}

#[tokio::test]
async fn an_interrupted_reseal_goes_on_where_it_stopped() {
    let [keys, _] = both();
    let cells = (0..25).map(|n| (n, keys.seal(b"column", &[n]))).collect();
    let column =
        Column { cells: Mutex::new(cells), cursor: Mutex::new(None), fail_at: Mutex::new(Some(2)) };
    keys.rotate(kernel::Instant::UNIX_EPOCH).unwrap();
    assert!(reseal(&keys, &column, None, 5).await.is_err());
    let cursor = column.cursor.lock().unwrap().clone();
    assert_eq!(cursor, Some(vec![9]));
    assert_eq!(reseal(&keys, &column, cursor, 5).await.unwrap(), 15);
    for (n, sealed) in column.cells.lock().unwrap().iter() {
        assert!(keys.reseal(b"column", sealed).unwrap().is_none());
        assert_eq!(keys.open_sealed(b"column", sealed).unwrap(), [*n]);
    }
}

#[test]
fn fields_are_indexed_whole_and_by_their_last_four_characters() {
    use crate::records::Cipher;
    let [keys, _] = both();
    let sealed = Cipher::seal(&keys, b"cell", "张三");
    assert_eq!(Cipher::open(&keys, b"cell", &sealed).unwrap(), "张三");
    assert!(Cipher::open(&keys, b"another cell", &sealed).is_err());
    let tail = |text: &str| Cipher::tail(&keys, "o", "f", text);
    assert_eq!(tail("13800138000"), tail("8000"));
    assert_ne!(tail("8000"), tail("8001"));
    assert_eq!(tail("中国人民"), tail("我是中国人民"));
    assert_eq!(tail("800"), None);
    assert_ne!(tail("8000"), Some(Cipher::blind(&keys, "o", "f", "8000")));
}
