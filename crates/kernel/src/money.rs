//! Exact amounts in one currency.

use rust_decimal::Decimal;

/// An ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

/// An exact amount in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// The amount.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }
    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }
}
