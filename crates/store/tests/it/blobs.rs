//! Files: what is stored is what was uploaded, and only what may go goes.

use std::path::{Path, PathBuf};

use kernel::Instant;
use store::blobs::{Blob, BlobId, Blobs, hold, release, retain_until, unuse, use_in};
use store::files::{self, File};
use store::keys::{Algorithms, HashKind, Keys, Suite};
use store::migrate::migrate;
use store::{Db, Error};
use uuid::Uuid;

use crate::bed::on_both;

fn at(second: i64) -> Instant {
    Instant::from_second(1_700_000_000 + second).unwrap()
}

fn folder(db: &Db, name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("jinyao-{name}-{}-{:?}", std::process::id(), db.dialect()))
}

async fn open(db: &Db, folder: &Path, suite: Suite) -> Blobs {
    migrate(db, at(0)).await.unwrap();
    let keys = Keys::in_memory(Algorithms { suite, hash: HashKind::Sha256 }).unwrap();
    Blobs::open(db.clone(), keys, folder).await.unwrap()
}

async fn store(blobs: &Blobs, content: &[u8], second: i64) -> Blob {
    let mut upload = blobs.upload(1 << 20).await.unwrap();
    for part in content.chunks(10_007) {
        upload.write(part).await.unwrap();
    }
    upload.finish(at(second)).await.unwrap().blob
}

async fn content(
    blobs: &Blobs,
    id: BlobId,
    range: Option<std::ops::Range<u64>>,
) -> Result<Vec<u8>, Error> {
    let mut reader = blobs.read(id, range).await?;
    let mut out = Vec::new();
    while let Some(part) = reader.next().await? {
        out.extend(part);
    }
    Ok(out)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n * 7 + n / 251) as u8).collect()
}

fn path(folder: &Path, id: BlobId) -> PathBuf {
    folder.join(&id.to_string()[..2]).join(id.to_string())
}

#[test]
fn files_come_back_whole_and_in_parts_and_lie_encrypted() {
    on_both(|db| async move {
        let folder = folder(&db, "files");
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            let blobs = open(&db, &folder, suite).await;
            for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
                let plain = bytes(length);
                let blob = store(&blobs, &plain, 1).await;
                assert_eq!(blob.size, length as u64);
                assert_eq!(BlobId::parse(&blob.id.to_string()), Some(blob.id));
                assert_eq!(content(&blobs, blob.id, None).await.unwrap(), plain);
                for range in [0..0, 0..1, 65_530..65_540, 131_072..131_073, 100..1_000_000] {
                    let expected = plain
                        .get(range.start.min(length)..range.end.min(length))
                        .unwrap_or_default();
                    let range = range.start as u64..range.end as u64;
                    assert_eq!(content(&blobs, blob.id, Some(range)).await.unwrap(), expected);
                }
                let sealed = std::fs::read(path(&folder, blob.id)).unwrap();
                assert!(length < 64 || !sealed.windows(32).any(|w| w == &plain[..32]));
                assert_eq!(store(&blobs, &plain, 2).await.id, blob.id, "same content, same file");
            }
            let mut upload = blobs.upload(10).await.unwrap();
            upload.write(&[0; 10]).await.unwrap();
            assert!(matches!(upload.write(&[0]).await, Err(Error::Refused(_))));
            drop(upload);
            assert_eq!(std::fs::read_dir(folder.join("uploads")).unwrap().count(), 0);
        }
        std::fs::remove_dir_all(folder).unwrap();
    });
}

#[test]
fn a_changed_cut_or_swapped_file_is_refused() {
    on_both(|db| async move {
        let folder = folder(&db, "bent-files");
        let blobs = open(&db, &folder, Suite::Aes256Gcm).await;
        let one = store(&blobs, &bytes(150_000), 1).await;
        let other = store(&blobs, &bytes(149_999), 1).await;
        let file = path(&folder, one.id);
        let sealed = std::fs::read(&file).unwrap();
        for place in [0, 20, 54, 55, 100, 70_000, sealed.len() - 1] {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            std::fs::write(&file, bent).unwrap();
            assert!(content(&blobs, one.id, None).await.is_err(), "{place}");
        }
        std::fs::write(&file, &sealed[..sealed.len() - 100]).unwrap();
        assert!(content(&blobs, one.id, None).await.is_err());
        std::fs::copy(path(&folder, other.id), &file).unwrap();
        assert!(content(&blobs, one.id, None).await.is_err(), "another file under this name");
        std::fs::remove_file(&file).unwrap();
        assert!(matches!(content(&blobs, one.id, None).await, Err(Error::Unavailable(_))));
        std::fs::remove_dir_all(folder).unwrap();
    });
}

#[test]
fn only_files_that_nobody_holds_and_that_may_go_are_deleted() {
    on_both(|db| async move {
        let folder = folder(&db, "kept-files");
        let blobs = open(&db, &folder, Suite::Aes256Gcm).await;
        let record = Uuid::from_u128(5);
        let [used, retained, held, free, fresh] = {
            let mut out = Vec::new();
            for (n, second) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 90)] {
                out.push(store(&blobs, &[n], second).await.id);
            }
            <[BlobId; 5]>::try_from(out).unwrap()
        };
        let mut steps = use_in(used, "document", record, "file");
        steps.extend([
            retain_until(retained, at(500)),
            retain_until(retained, at(200)),
            hold(held),
        ]);
        db.run(steps).await.unwrap();
        let uploads = [free, used].map(|blob| File {
            id: Uuid::from_u128(u128::from(blob == used) + 1),
            blob,
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            size: 1,
            digest: None,
            verdict: None,
            created_by: record,
            created_at: at(1),
        });
        db.run(uploads.iter().map(|file| files::insert(file, None)).collect()).await.unwrap();
        let nowhere = BlobId::parse(&"0".repeat(64)).unwrap();
        assert!(db.run(use_in(nowhere, "document", record, "file")).await.is_err());

        assert!(blobs.has_unheld(at(100), at(50)).await.unwrap());
        assert_eq!(blobs.sweep(at(100), at(50)).await.unwrap(), 1);
        assert!(!blobs.has_unheld(at(100), at(50)).await.unwrap());
        let known = db.read("SELECT blob FROM jy_file", &[]).await.unwrap();
        assert_eq!(known.len(), 1, "the upload of what was swept is forgotten with it");
        assert!(blobs.get(free).await.unwrap().is_none());
        assert!(!path(&folder, free).exists());
        for kept in [used, retained, held] {
            assert!(matches!(blobs.delete(kept, at(300)).await, Err(Error::Refused(_))));
            assert!(path(&folder, kept).exists());
        }
        blobs.delete(fresh, at(100)).await.unwrap();
        blobs.delete(fresh, at(100)).await.unwrap();
        db.run(vec![unuse(used, "document", record, "file"), release(held)]).await.unwrap();
        assert_eq!(blobs.sweep(at(400), at(300)).await.unwrap(), 2);
        assert_eq!(blobs.sweep(at(500), at(300)).await.unwrap(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    });
}
