//! Values that must not leak.

use std::fmt;

/// Prints as `***`, is not serializable.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Wraps a plaintext.
    pub fn new(value: T) -> Sensitive<T> {
        Sensitive(value)
    }

    /// The plaintext, for code that matches, encrypts, masks or reveals it. Call sites are counted
    /// by the tidy test.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
