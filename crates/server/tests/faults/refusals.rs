//! An installation that is set up wrongly is refused in words, before anything is changed.

use std::net::TcpListener;
use std::process::Output;

use store::db::{Db, Options};
use store::{Cell, Step};

use crate::place::{self, Place, Server, text};

/// The reason that a refused start gives.
fn refused(output: &Output) -> String {
    let reason = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{reason}{}", text(&output.stdout));
    assert!(reason.lines().any(|line| line.starts_with("jinyao: ")), "{reason}");
    assert!(!reason.contains("panicked"), "{reason}");
    reason
}

fn on_both<F: Future<Output = ()>>(test: impl Fn(Place) -> F) {
    let test = &test;
    place::alone(|name| async move {
        test(Place::new(&name, None).await).await;
    });
    let Some(server) = place::postgres() else { return };
    place::alone(|name| async move {
        test(Place::new(&name, Some(&server)).await).await;
    });
}

/// Serves on a port that is free, so that only what is wrong stands in the way.
fn serve(place: &Place) -> Output {
    place.run(&["serve", "--listen", "127.0.0.1:0"])
}

#[test]
fn a_missing_or_foreign_key_ring_is_refused() {
    on_both(|place| async move {
        place::install(&place).await;
        let ring = place.data().join("keys.toml");
        let kept = place.folder.join("kept");
        std::fs::rename(&ring, &kept).unwrap();
        let reason = refused(&serve(&place));
        assert!(reason.contains("keys.toml is missing"), "{reason}");
        assert!(!ring.exists(), "no ring takes the place of the lost one");

        let other = Place::new(&format!("{}_other", file_name(&place)), None).await;
        place::install(&other).await;
        std::fs::copy(other.data().join("keys.toml"), &ring).unwrap();
        other.remove().await;
        let reason = refused(&serve(&place));
        assert!(reason.contains("not the one that this database was sealed under"), "{reason}");

        std::fs::write(&ring, "{}").unwrap();
        let reason = refused(&serve(&place));
        assert!(reason.contains("damaged"), "{reason}");

        std::fs::rename(&kept, &ring).unwrap();
        place.verify();
        let old = std::fs::read(&ring).unwrap();
        assert!(place.run(&["keys", "rotate"]).status.success());
        place.verify();
        std::fs::write(&ring, old).unwrap();
        let reason = refused(&serve(&place));
        assert!(reason.contains("older copy"), "{reason}");
        place.remove().await;
    });
}

fn file_name(place: &Place) -> String {
    place.folder.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    on_both(|place| async move {
        place::install(&place).await;
        let db = Db::open(&place.url, &Options::default()).await.unwrap();
        let newer = "INSERT INTO jy_migration (number, name, digest, applied_at) \
                     VALUES ($1, 'future', 'x', 0)";
        db.run(vec![Step::new(newer, vec![Cell::Int(9999)])]).await.unwrap();
        db.close().await.unwrap();
        let reason = refused(&serve(&place));
        assert!(reason.contains("made by a newer release (migration 9999)"), "{reason}");
        place.remove().await;
    });
}

#[test]
fn what_is_no_database_is_refused() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        std::fs::create_dir_all(place.data()).unwrap();
        std::fs::write(place.data().join("jinyao.db"), "no database".repeat(1000)).unwrap();
        let reason = refused(&serve(&place));
        assert!(reason.contains("the database cannot be opened"), "{reason}");
        let nowhere = "postgres://nobody@127.0.0.1:1/none";
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        let reason = refused(&command.env("DATABASE_URL", nowhere).output().unwrap());
        assert!(reason.contains("the database cannot be opened"), "{reason}");
        place.remove().await;
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        // Nobody, not even root, makes files here.
        let mut command = place::program();
        command.args(["--data", "/proc/self", "serve", "--listen", "127.0.0.1:0"]);
        let reason = refused(&command.output().unwrap());
        assert!(reason.contains("/proc/self"), "{reason}");
        // Nor a folder below a file.
        std::fs::write(place.folder.join("file"), "").unwrap();
        let mut command = place::program();
        command.arg("--data").arg(place.folder.join("file/data"));
        let reason = refused(&command.args(["serve", "--listen", "127.0.0.1:0"]).output().unwrap());
        assert!(reason.contains("file/data"), "{reason}");
        place.remove().await;
    });
}

#[test]
fn a_port_in_use_is_named_before_anything_is_made() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let reason = refused(&place.run(&["serve", "--listen", &address]));
        assert!(reason.contains(&address) && reason.contains("listens there"), "{reason}");
        assert!(!place.data().exists(), "nothing was made");
        drop(taken);
        // The next start is the first one: its passwords are printed.
        let server = Server::start(&place, place::free_port()).await;
        assert!(server.tail().contains("each password works once"), "{}", server.tail());
        drop(server);
        place.remove().await;
    });
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    place::alone(|name| async move {
        let place = Place::new(&name, None).await;
        std::fs::write(
            place.folder.join("jinyao.toml"),
            "listn = \"127.0.0.1:1\"\nworkers = 1000\nplain_http = \"yes\"\nmetrics_key = \"x\"\n",
        )
        .unwrap();
        let mut command = place.command(&["serve"]);
        let reason = refused(&command.env("JINYAO_DRAIN_SECONDS", "-1").output().unwrap());
        for named in ["listn", "workers", "plain_http", "metrics_key", "JINYAO_DRAIN_SECONDS"] {
            assert!(reason.contains(named), "{named} in {reason}");
        }
        assert!(!place.data().exists(), "nothing was made");
        place.remove().await;
    });
}
