//! The way to a PostgreSQL server, encrypted, with a server that proves its name.

use store::Db;
use store::db::Options;

use crate::bed::at;

/// The test server's address with parameters, and its authority; nothing without a server.
fn server() -> Option<(String, String)> {
    let server = std::env::var("JINYAO_TEST_PG").ok()?;
    let authority = std::env::var("JINYAO_TEST_PG_AUTHORITY").ok()?;
    Some((at(&server, "postgres"), authority))
}

async fn encrypted(url: &str) -> Result<bool, store::Error> {
    let db = Db::open(url, &Options::default()).await?;
    let sql = "SELECT ssl::int::bigint FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let rows = db.read(sql, &[]).await?;
    db.close().await?;
    Ok(rows[0][0].int()? == 1)
}

#[tokio::test]
async fn a_server_that_proves_its_name_is_reached_encrypted_and_no_other() {
    let Some((server, authority)) = server() else { return };
    assert!(!encrypted(&server).await.unwrap(), "on this machine unless asked for");
    let asked = format!("{server}sslmode=require&sslrootcert={authority}");
    assert!(encrypted(&asked).await.unwrap());
    let unknown = encrypted(&format!("{server}sslmode=require")).await;
    assert!(matches!(&unknown, Err(store::Error::Unavailable(_))), "{unknown:?}");
    // The certificate names the address, not this name of it.
    let renamed = encrypted(&asked.replace("@127.0.0.1:", "@localhost:")).await;
    assert!(matches!(&renamed, Err(store::Error::Unavailable(_))), "{renamed:?}");
}
