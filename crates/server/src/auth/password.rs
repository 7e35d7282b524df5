//! Argon2id, a few hashes at a time, on threads of their own.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::http::problem::Problem;

/// Most characters of a password; more would only cost time.
pub const MOST: usize = 200;

/// Hashes and checks passwords, bounded in memory and time.
#[derive(Debug)]
pub struct Hasher {
    places: Semaphore,
    /// Hash of nothing anyone knows, checked when a login does not exist so that both take as long.
    decoy: String,
}

impl Hasher {
    /// A hasher that works on `places` passwords at a time.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(places: usize) -> Result<Hasher, String> {
        let secret = super::token::new().map_err(|error| error.to_string())?;
        Ok(Hasher { places: Semaphore::new(places), decoy: compute(&secret)? })
    }

    /// The hash to store for `password`.
    ///
    /// # Errors
    /// When the process is stopping or has no randomness.
    pub async fn hash(&self, password: String) -> Result<String, Problem> {
        self.run(move || compute(&password)).await?.map_err(|error| Problem::internal(&error))
    }

    /// Whether `password` fits `hash`; with no hash, takes as long and says no.
    ///
    /// # Errors
    /// When the process is stopping.
    pub async fn fits(&self, password: String, hash: Option<String>) -> Result<bool, Problem> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        Ok(self.run(move || check(&password, &hash)).await? && known)
    }

    /// Whether `password` fits any of `hashes`.
    ///
    /// # Errors
    /// When the process is stopping.
    pub async fn fits_any(&self, password: String, hashes: Vec<String>) -> Result<bool, Problem> {
        self.run(move || hashes.iter().any(|hash| check(&password, hash))).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let stopped = || Problem::internal("password hashing stopped");
        let _place = self.places.acquire().await.map_err(|_| stopped())?;
        tokio::task::spawn_blocking(work).await.map_err(|_| stopped())
    }
}

/// The hash of a password, at once.
///
/// # Errors
/// When the system gives no randomness.
pub fn compute(password: &str) -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    let salt = SaltString::encode_b64(&bytes).map_err(|error| error.to_string())?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| error.to_string())
}

fn check(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hasher = Hasher::new(1).unwrap();
        let hash = hasher.hash("Abc-12345".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(hasher.fits("Abc-12345".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.fits("abc-12345".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.fits("x".into(), None).await.unwrap());
        assert!(hasher.fits_any("Abc-12345".into(), vec!["x".into(), hash]).await.unwrap());
    }
}
