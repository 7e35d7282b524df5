//! One-time codes (RFC 6238): SHA-1, six digits, thirty seconds, one step of grace either way.

use kernel::Instant;
use totp_rs::{Algorithm, Secret, TOTP};

/// Seconds a code lasts.
const STEP: i64 = 30;

/// A new secret of 160 bits.
///
/// # Errors
/// When the system gives no randomness.
pub fn new_secret() -> Result<Vec<u8>, super::token::NoRandomness> {
    let mut bytes = vec![0; 20];
    getrandom::fill(&mut bytes).map_err(|_| super::token::NoRandomness)?;
    Ok(bytes)
}

/// The secret as people type it into an authenticator.
#[must_use]
pub fn readable(secret: &[u8]) -> String {
    Secret::Raw(secret.to_vec()).to_encoded().to_string()
}

/// The address an authenticator reads from a QR code.
#[must_use]
pub fn address(secret: &[u8], login: &str) -> String {
    let name: String = form_urlencoded::byte_serialize(login.as_bytes()).collect();
    format!("otpauth://totp/Jinyao:{name}?secret={}&issuer=Jinyao", readable(secret))
}

/// The time step of `code`, when it is right and later than `last`, the step used before.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now: Instant, last: Option<i64>) -> Option<i64> {
    let totp = TOTP::new(Algorithm::SHA1, 6, 0, STEP.unsigned_abs(), secret.to_vec()).ok()?;
    let present = now.as_second().div_euclid(STEP);
    let fits = |step: &i64| {
        let at = u64::try_from(step * STEP).unwrap_or_default();
        super::token::same(&totp.generate(at), code)
    };
    (present - 1..=present + 1).filter(|step| last.is_none_or(|last| *step > last)).find(fits)
}

/// The code that fits now, for tests and the demo's walkthrough.
#[must_use]
pub fn code(secret: &[u8], now: Instant) -> Option<String> {
    let totp = TOTP::new(Algorithm::SHA1, 6, 0, STEP.unsigned_abs(), secret.to_vec()).ok()?;
    Some(totp.generate(u64::try_from(now.as_second()).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_code_fits_once_within_a_step() {
        let secret = b"12345678901234567890";
        let at = |second| Instant::from_second(second).unwrap();
        let code = code(secret, at(59)).unwrap();
        assert_eq!(code, "287082");
        assert_eq!(step_of(secret, &code, at(59), None), Some(1));
        assert_eq!(step_of(secret, &code, at(80), None), Some(1));
        assert_eq!(step_of(secret, &code, at(120), None), None);
        assert_eq!(step_of(secret, &code, at(59), Some(1)), None);
    }
}
