//! Numbers: whole ones exactly, others to fifteen digits.

use std::cmp::Ordering;
use std::sync::Arc;

/// A number of Terraform's. Terraform computes with 512 bits; what is not whole is rounded here to the digits that both
/// agree on.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number.
    Whole(i128),
    /// Any other; finite.
    Real(f64),
}

/// Up to here every whole number is a float, too.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// A float; whole where it is. None where it is not finite.
    pub fn real(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if value.fract() == 0.0 && value.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
            return Some(Self::Whole(value as i128));
        }
        Some(Self::Real(value))
    }

    /// Reads a decimal number as Terraform takes it from text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) || text.len() > 60 {
            return None;
        }
        if let Ok(whole) = text.parse::<i128>() {
            return Some(Self::Whole(whole));
        }
        let plain = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
        if plain { text.parse().ok().and_then(Self::real) } else { None }
    }

    /// As a float.
    #[expect(clippy::cast_precision_loss, reason = "only compared with what is no whole number, or rounded")]
    pub fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Real(real) => real,
        }
    }

    /// As a whole number, where it is one.
    pub fn whole(self) -> Option<i128> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Real(_) => None,
        }
    }

    /// As Terraform writes it.
    pub fn text(self) -> Arc<str> {
        match self {
            Self::Whole(whole) => whole.to_string().into(),
            Self::Real(real) => rounded(real).to_string().into(),
        }
    }

    /// Which one is greater.
    pub fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (a, b) => rounded(a.float()).total_cmp(&rounded(b.float())),
        }
    }

    /// Two whole numbers exactly, or two floats.
    pub fn with(self, other: Self, whole: fn(i128, i128) -> Option<i128>, real: fn(f64, f64) -> f64) -> Option<Self> {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(exact) = whole(a, b)
        {
            return Some(Self::Whole(exact));
        }
        Self::real(rounded(real(self.float(), other.float())))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.order(*other) == Ordering::Equal
    }
}

/// To fifteen significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.14e}").parse().unwrap_or(value)
}
