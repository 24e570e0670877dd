//! Numbers: exact from the cell to the report.
//!
//! `Number` is what a cell holds, `Amount` is what we calculate with, `Reading`
//! and `Tally` keep "nothing" and "could not be read" apart from zero.

pub mod units;

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

/// A number exactly as a cell holds it: `digits × 10^exponent`.
///
/// Excel shows and compares 15 significant digits, so a binary value is read at
/// that precision; text keeps every digit it has, up to 18.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Number {
    digits: i64,
    exponent: i16,
}

/// Decimal places a ledger keeps. More are rounded half away from zero.
pub const LEDGER_DECIMALS: u8 = 6;

/// What a workbook's text for a number turned out to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stored {
    Finite(Number),
    /// `NaN`, `INF`, or beyond the range of a binary number.
    NotFinite,
    NotANumber,
}

/// Powers of ten that fit.
const POWERS_OF_TEN: [i64; 19] = {
    let mut powers = [1i64; 19];
    let mut power = 1;
    while power < 19 {
        powers[power] = powers[power - 1] * 10;
        power += 1;
    }
    powers
};

impl Number {
    /// Digits and exponent, to keep a number in columns.
    pub fn parts(self) -> (i64, i16) {
        (self.digits, self.exponent)
    }

    /// The number of [`Number::parts`].
    pub fn from_parts(digits: i64, exponent: i16) -> Self {
        Number { digits, exponent }
    }

    /// Reads a number as a workbook stores it: the shortest text of a binary number, of which Excel shows and
    /// compares 15 significant digits. More are rounded half away from zero, as in the cell.
    pub fn from_stored(text: &str) -> Stored {
        let bytes = text.as_bytes();
        let is_negative = bytes.first() == Some(&b'-');
        let start = usize::from(is_negative || bytes.first() == Some(&b'+'));
        let (mut digits, mut n_digits, mut exponent) = (0i64, 0u32, 0i16);
        // The two digits beyond the fifteenth.
        let (mut beyond, mut n_beyond) = (0, 0);
        let (mut seen_digit, mut seen_point) = (false, false);
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    let digit = byte - b'0';
                    let is_kept = n_digits < 15;
                    if is_kept {
                        digits = digits * 10 + i64::from(digit);
                        n_digits += u32::from(digits != 0);
                    } else if n_beyond < 2 {
                        beyond = beyond * 10 + digit;
                        n_beyond += 1;
                    }
                    let shift = i16::from(!is_kept) - i16::from(seen_point);
                    exponent = exponent.saturating_add(shift);
                }
                b'.' if !seen_point => seen_point = true,
                b'e' | b'E' if seen_digit => break,
                _ => return Number::stored_otherwise(text),
            }
            at += 1;
        }
        if !seen_digit {
            return Number::stored_otherwise(text);
        }
        if at < bytes.len() {
            let Ok(power) = text[at + 1..].parse::<i16>() else { return Number::stored_otherwise(text) };
            exponent = exponent.saturating_add(power);
        }
        // Below anything that a binary number can be, it is zero.
        if i32::from(exponent) + i32::try_from(n_digits).unwrap_or(0) < -330 {
            return Stored::Finite(Number { digits: 0, exponent: 0 });
        }
        if digits != 0 && i32::from(exponent) + i32::try_from(n_digits).unwrap_or(0) > 308 {
            return Number::stored_otherwise(text);
        }
        // The nearest binary number is what counts, and may lie on the other side of the half: it is at
        // most 8 away from 17 digits.
        match if n_beyond == 1 { beyond * 10 } else { beyond } {
            41..=59 => return Number::stored_otherwise(text),
            60.. => digits += 1,
            _ => {}
        }
        Stored::Finite(Number::new(if is_negative { -digits } else { digits }, exponent))
    }

    /// The way through the binary number, for whatever is not plain.
    #[cold]
    fn stored_otherwise(text: &str) -> Stored {
        match text.parse::<f64>() {
            Ok(binary) => Number::from_binary(binary).map_or(Stored::NotFinite, Stored::Finite),
            Err(_) => Stored::NotANumber,
        }
    }

    /// Whether the number is, without its sign, below `10^power`.
    pub fn is_below_ten_to(self, power: u8) -> bool {
        let exponent = i32::from(power) - i32::from(self.exponent);
        match usize::try_from(exponent) {
            Ok(exponent) => {
                POWERS_OF_TEN.get(exponent).is_none_or(|limit| self.digits.unsigned_abs() < limit.unsigned_abs())
            }
            Err(_) => self.digits == 0,
        }
    }

    /// Builds `digits × 10^exponent`, with trailing zeros moved to the exponent.
    #[inline]
    pub fn new(mut digits: i64, mut exponent: i16) -> Self {
        if digits == 0 {
            return Number { digits: 0, exponent: 0 };
        }
        while digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Number { digits, exponent }
    }

    /// Reads a binary number at Excel's 15 significant digits. `None` for NaN and infinities.
    pub fn from_binary(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        // Fourteen decimals after the first digit make fifteen significant ones.
        let text = format!("{value:.14e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let digits: i64 = mantissa.replace('.', "").parse().ok()?;
        let exponent: i16 = exponent.parse().ok()?;
        Some(Number::new(digits, exponent - 14))
    }

    /// Reads plain decimal text: optional sign, digits, optional point and
    /// digits, optional exponent. `None` when it is anything else, or when more
    /// than 18 significant digits would be needed.
    pub fn from_plain(text: &str) -> Option<Self> {
        let (body, negative) = match text.as_bytes().first()? {
            b'-' => (&text[1..], true),
            b'+' => (&text[1..], false),
            _ => (text, false),
        };
        let (body, power) = match body.split_once(['e', 'E']) {
            Some((body, power)) => (body, power.parse::<i16>().ok()?),
            None => (body, 0),
        };
        let mut digits: i64 = 0;
        let mut exponent: i16 = 0;
        let (mut seen_digit, mut seen_point) = (false, false);
        for byte in body.bytes() {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    digits = digits.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                    if digits >= 1_000_000_000_000_000_000 {
                        return None;
                    }
                    if seen_point {
                        exponent = exponent.checked_sub(1)?;
                    }
                }
                b'.' if !seen_point => seen_point = true,
                _ => return None,
            }
        }
        // No sales figure needs more; and arithmetic on exponents stays far from their limits.
        if !seen_digit || power.unsigned_abs() > 400 {
            return None;
        }
        let digits = if negative { -digits } else { digits };
        Some(Number::new(digits, exponent.checked_add(power)?))
    }

    /// The same number times a power of ten (`4` for 万, `-2` for percent).
    pub fn times_ten_to(self, power: i16) -> Self {
        Number::new(self.digits, self.exponent.saturating_add(power))
    }

    pub fn negated(self) -> Self {
        Number { digits: -self.digits, exponent: self.exponent }
    }

    pub fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Decimal places needed to write the number in full, at most [`LEDGER_DECIMALS`].
    pub fn decimals(self) -> u8 {
        u8::try_from((-i32::from(self.exponent)).clamp(0, i32::from(LEDGER_DECIMALS))).unwrap_or(0)
    }

    /// The number as a count of `10^-scale`, rounded half away from zero. `None` when it does not fit.
    pub fn at_scale(self, scale: u8) -> Option<i64> {
        let shift = self.exponent.checked_add(i16::from(scale))?;
        let power = POWERS_OF_TEN.get(usize::from(shift.unsigned_abs())).copied();
        if shift >= 0 {
            return if self.digits == 0 { Some(0) } else { self.digits.checked_mul(power?) };
        }
        // The digits are fewer than such a power: nothing is left of them.
        let Some(divisor) = power else { return Some(0) };
        let half = divisor / 2;
        let rest = self.digits % divisor;
        let rounded = i64::from(rest >= half) - i64::from(rest <= -half);
        (self.digits / divisor).checked_add(if divisor == 1 { 0 } else { rounded })
    }

    /// A whole number, when it is one.
    pub fn whole(self) -> Option<i64> {
        if self.exponent < 0 { None } else { self.at_scale(0) }
    }

    /// As an amount at ledger precision. `None` when too large.
    pub fn amount(self) -> Option<Amount> {
        let scale = self.decimals();
        self.at_scale(scale).map(|units| Amount::from_units(i128::from(units), scale))
    }

    /// The nearest binary number.
    pub fn binary(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// As text, in plain decimal notation.
    pub fn text(self) -> String {
        self.amount().map_or_else(|| format!("{}e{}", self.digits, self.exponent), |amount| amount.plain())
    }
}

/// An exact decimal amount. Division of two amounts does not exist: see [`Amount::ratio_to`].
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Amount(Decimal);

/// A quotient of two amounts: `0.92` is 92 %.
pub type Ratio = Amount;

impl Amount {
    pub const ZERO: Amount = Amount(Decimal::ZERO);
    pub const ONE: Amount = Amount(Decimal::ONE);

    /// `units × 10^-scale`.
    pub fn from_units(units: i128, scale: u8) -> Self {
        let (mut units, mut scale) = (units, scale);
        // Zeros at the end would fill digits that the number itself may need.
        while scale > 0 && units % 10 == 0 {
            units /= 10;
            scale -= 1;
        }
        Amount(Decimal::try_from_i128_with_scale(units, u32::from(scale)).unwrap_or(Decimal::MAX))
    }

    pub fn whole(value: i64) -> Self {
        Amount(Decimal::from(value))
    }

    /// Reads plain decimal text such as `-12.50`.
    pub fn parse(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text).ok().map(Amount)
    }

    /// Reads a setting written as a floating-point literal, by its shortest text.
    pub fn from_setting(value: f64) -> Option<Self> {
        Decimal::from_f64(value).map(|decimal| Amount(decimal.normalize()))
    }

    /// The amount times a power of ten, exactly.
    pub fn times_ten_to(self, power: i16) -> Self {
        let tens =
            |power: i16| Amount::whole(POWERS_OF_TEN.get(usize::from(power.unsigned_abs())).copied().unwrap_or(1));
        if power >= 0 { self * tens(power) } else { self.ratio_to(tens(power)).unwrap_or(self) }
    }

    /// The product, if it can be kept.
    pub fn times(self, other: Amount) -> Option<Amount> {
        self.0.checked_mul(other.0).map(Amount)
    }

    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    pub fn is_positive(self) -> bool {
        self.0.is_sign_positive() && !self.0.is_zero()
    }

    pub fn abs(self) -> Self {
        Amount(self.0.abs())
    }

    /// `self ÷ base`, or nothing when the base is zero.
    pub fn ratio_to(self, base: Amount) -> Option<Ratio> {
        self.0.checked_div(base.0).map(Amount)
    }

    /// Rounded half away from zero, as finance rounds (四舍五入).
    pub fn rounded(self, decimals: u8) -> Self {
        Amount(self.0.round_dp_with_strategy(u32::from(decimals), RoundingStrategy::MidpointAwayFromZero))
    }

    /// The amount as a count of `10^-scale`, if it is a whole count.
    pub fn units(self, scale: u8) -> Option<i128> {
        let scaled = self.0.checked_mul(Decimal::from(10i64.pow(u32::from(scale))))?;
        if scaled.fract().is_zero() { scaled.to_i128() } else { None }
    }

    /// The nearest binary number, by way of decimal text: `Decimal::to_f64` is
    /// one unit off in the last place for some 16-digit values.
    pub fn binary(self) -> f64 {
        // Two numbers that are exact in binary have an exactly rounded quotient.
        let (mantissa, scale) = (self.0.mantissa(), self.0.scale());
        match (i64::try_from(mantissa), POWERS_OF_TEN.get(scale as usize)) {
            (Ok(mantissa), Some(power)) if mantissa.unsigned_abs() <= 1 << 53 && scale <= 15 => {
                mantissa as f64 / *power as f64
            }
            _ => self.0.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Plain text with no superfluous zeros: `1200.5`.
    pub fn plain(self) -> String {
        self.0.normalize().to_string()
    }

    /// Plain text with at most 15 decimals: for quotients, which need not end.
    pub fn plain_ratio(self) -> String {
        self.rounded(15).plain()
    }

    /// Text with thousands separators and a fixed number of decimals: `1,200.50`.
    pub fn grouped(self, decimals: u8) -> String {
        let rounded = self.rounded(decimals);
        let text = format!("{:.*}", usize::from(decimals), rounded.0.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if !fraction.is_empty() {
            grouped.push('.');
            grouped.push_str(fraction);
        }
        if rounded.is_negative() { format!("-{grouped}") } else { grouped }
    }

    /// The length of [`Amount::grouped`], without writing it.
    pub fn grouped_width(self, decimals: u8) -> usize {
        let rounded = self.rounded(decimals);
        let n_digits = rounded.0.trunc().mantissa().unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
        let fraction = if decimals == 0 { 0 } else { 1 + usize::from(decimals) };
        n_digits + (n_digits - 1) / 3 + fraction + usize::from(rounded.is_negative())
    }

    /// Splits the amount over the weights so that the parts add up to it exactly
    /// at `10^-scale`: largest remainder, ties to the earlier part.
    ///
    /// All weights zero means equal parts. The amount is first brought to the
    /// scale; what it has beyond that stays with the largest part.
    pub fn split(self, weights: &[i64], scale: u8) -> Vec<Amount> {
        if weights.is_empty() {
            return Vec::new();
        }
        let scale = scale.max(u8::try_from(self.0.normalize().scale()).unwrap_or(LEDGER_DECIMALS).min(LEDGER_DECIMALS));
        let exact = self.rounded(scale);
        let units = exact.units(scale).unwrap_or(0);
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        let equal = vec![1i64; weights.len()];
        let (weights, total) = if total == 0 { (&equal[..], weights.len() as i128) } else { (weights, total) };
        let mut parts: Vec<i128> = Vec::with_capacity(weights.len());
        let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            let product = units * i128::from(*weight);
            parts.push(product.div_euclid(total));
            remainders.push((product.rem_euclid(total), index));
        }
        let missing = units - parts.iter().sum::<i128>();
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index) in remainders.iter().take(usize::try_from(missing).unwrap_or(0)) {
            parts[*index] += 1;
        }
        let mut amounts: Vec<Amount> = parts.into_iter().map(|part| Amount::from_units(part, scale)).collect();
        if let Some(last) = (0..amounts.len()).max_by_key(|index| (weights[*index], std::cmp::Reverse(*index))) {
            amounts[last] += self - exact;
        }
        amounts
    }
}

impl Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.0 += other.0;
    }
}

impl Sub for Amount {
    type Output = Amount;
    fn sub(self, other: Amount) -> Amount {
        Amount(self.0 - other.0)
    }
}

impl Mul for Amount {
    type Output = Amount;
    fn mul(self, other: Amount) -> Amount {
        Amount(self.0 * other.0)
    }
}

impl Neg for Amount {
    type Output = Amount;
    fn neg(self) -> Amount {
        Amount(-self.0)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::ZERO, Add::add)
    }
}

/// What one cell told us. A blank is an answer; an unreadable cell is not.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reading {
    Known(Amount),
    #[default]
    Blank,
    Unreadable,
}

/// The sum of some readings, and how far it can be trusted.
///
/// Nothing summed is "no figure", not zero. Unreadable cells do not stop the
/// sum; they mark it, so a total never hides what it left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    sum: Amount,
    pub n_known: u32,
    pub n_unreadable: u32,
}

impl Tally {
    pub const NOTHING: Tally = Tally { sum: Amount::ZERO, n_known: 0, n_unreadable: 0 };

    pub fn known(sum: Amount) -> Self {
        Tally { sum, n_known: 1, n_unreadable: 0 }
    }

    pub fn of(sum: Amount, n_known: u32, n_unreadable: u32) -> Self {
        Tally { sum, n_known, n_unreadable }
    }

    /// The sum, or nothing when no cell was known.
    pub fn value(&self) -> Option<Amount> {
        (self.n_known > 0).then_some(self.sum)
    }

    /// True when no cell said anything, readable or not.
    pub fn is_nothing(&self) -> bool {
        self.n_known == 0 && self.n_unreadable == 0
    }
}

impl From<Reading> for Tally {
    fn from(reading: Reading) -> Tally {
        match reading {
            Reading::Known(amount) => Tally::known(amount),
            Reading::Blank => Tally::NOTHING,
            Reading::Unreadable => Tally { sum: Amount::ZERO, n_known: 0, n_unreadable: 1 },
        }
    }
}

impl Add for Tally {
    type Output = Tally;
    fn add(self, other: Tally) -> Tally {
        Tally {
            sum: self.sum + other.sum,
            n_known: self.n_known.saturating_add(other.n_known),
            n_unreadable: self.n_unreadable.saturating_add(other.n_unreadable),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        *self = *self + other;
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Tally>>(tallies: I) -> Tally {
        tallies.fold(Tally::NOTHING, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    #[test]
    fn binary_numbers_are_read_at_fifteen_digits() {
        // 6.8500000000000005 is what Excel stores for a computed 6.85.
        for (value, expected) in [
            (6.850_000_000_000_000_5, "6.85"),
            (4_337_819_810.02, "4337819810.02"),
            (0.1 + 0.2, "0.3"),
            (-12.5, "-12.5"),
            (1e15, "1000000000000000"),
            (0.0, "0"),
        ] {
            assert_eq!(Number::from_binary(value).unwrap().text(), expected);
        }
        assert_eq!(Number::from_binary(f64::NAN), None);
        assert_eq!(Number::from_binary(f64::INFINITY), None);
    }

    #[test]
    fn stored_numbers_are_read_at_fifteen_digits() {
        for (text, expected) in [
            ("6.8500000000000005", "6.85"),
            ("0.30000000000000004", "0.3"),
            ("1234567890.12", "1234567890.12"),
            ("99999999999999.99", "100000000000000"),
            ("123456789012345678", "123456789012346000"),
            ("1E-3", "0.001"),
            ("1.0000000000000001E-5", "0.00001"),
            ("-2.5e+3", "-2500"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("000", "0"),
            ("-0", "0"),
            ("0.000000000000000000001", "0"),
            ("1e400", "not finite"),
            ("-INF", "not finite"),
            ("NaN", "not finite"),
            ("1e-32768", "0"),
            ("1.5e-32767", "0"),
            ("99990000076317947", "99990000076318000"),
            ("abc", "not a number"),
            ("1,234.5", "not a number"),
            ("1e", "not a number"),
            ("", "not a number"),
            ("-", "not a number"),
            ("1.2.3", "not a number"),
        ] {
            let found = match Number::from_stored(text) {
                Stored::Finite(number) => number.text(),
                Stored::NotFinite => "not finite".to_string(),
                Stored::NotANumber => "not a number".to_string(),
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_digits_give_what_the_binary_number_gives() {
        // A walk over binary numbers of all sizes, half of them written with 17 digits.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for step in 0..200_000u32 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let size = [1e-7, 1e-3, 1.0, 1e6, 1e14, 1e19][step as usize % 6];
            let binary = (state >> 11) as f64 / (1u64 << 53) as f64 * size;
            let text = if step % 2 == 0 { binary.to_string() } else { format!("{binary:.16e}") };
            let expected = Number::from_binary(binary).map_or(Stored::NotFinite, Stored::Finite);
            assert_eq!(Number::from_stored(&text), expected, "{text}");
        }
    }

    #[test]
    fn sizes_are_compared_without_dividing() {
        for (text, power, expected) in [
            ("999", 3, true),
            ("1000", 3, false),
            ("-1000", 3, false),
            ("0", 0, true),
            ("1e30", 12, false),
            ("0.5", 0, true),
        ] {
            assert_eq!(Number::from_plain(text).unwrap().is_below_ten_to(power), expected, "{text}");
        }
    }

    #[test]
    fn plain_text_keeps_its_digits_or_is_refused() {
        assert_eq!(Number::from_plain("0012.3400").unwrap().text(), "12.34");
        assert_eq!(Number::from_plain("1.5e3").unwrap().text(), "1500");
        assert_eq!(Number::from_plain("-0.5").unwrap().text(), "-0.5");
        for bad in ["", "-", "1.2.3", "1,2", "abc", "1e", "9999999999999999999", "10e32767", "1e-32768"] {
            assert_eq!(Number::from_plain(bad), None, "{bad}");
        }
    }

    #[test]
    fn scale_rounds_half_away_from_zero() {
        assert_eq!(Number::from_plain("1.005").unwrap().at_scale(2), Some(101));
        assert_eq!(Number::from_plain("-1.005").unwrap().at_scale(2), Some(-101));
        assert_eq!(Number::from_plain("1.0049").unwrap().at_scale(2), Some(100));
        assert_eq!(Number::from_plain("1e30").unwrap().at_scale(2), None);
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        // 100.00 over three equal parts: 33.34 + 33.33 + 33.33, the odd cent to the first.
        let parts = amount("100").split(&[1, 1, 1], 2);
        assert_eq!(parts, [amount("33.34"), amount("33.33"), amount("33.33")]);
        // Negative amounts too: −100 = −33.33 −33.33 −33.34 by the same rule.
        let parts = amount("-100").split(&[1, 1, 1], 2);
        assert_eq!(parts.iter().copied().sum::<Amount>(), amount("-100"));
        let parts = amount("0.123456").split(&[2, 5], 2);
        assert_eq!(parts.iter().copied().sum::<Amount>(), amount("0.123456"));
    }

    #[test]
    fn nothing_is_not_zero() {
        assert_eq!(Tally::NOTHING.value(), None);
        let sum = Tally::from(Reading::Known(amount("250"))) + Tally::from(Reading::Unreadable);
        assert_eq!((sum.value(), sum.n_unreadable), (Some(amount("250")), 1));
        assert_eq!((sum + Tally::from(Reading::Blank)), sum);
    }

    #[test]
    fn grouping_for_readers() {
        assert_eq!(amount("1234567.895").grouped(2), "1,234,567.90");
        assert_eq!(amount("-999.5").grouped(0), "-1,000");
        assert_eq!(amount("-0.2").grouped(0), "0");
        for text in ["0", "9.99", "-9.995", "999.999", "-1234567.891", "100", "-0.2", "12345678901234567890.5"] {
            for decimals in 0..4 {
                let written = amount(text).grouped(decimals);
                assert_eq!(amount(text).grouped_width(decimals), written.len(), "{written}");
            }
        }
    }

    #[test]
    fn binary_numbers_are_the_nearest() {
        for text in
            ["0.1", "-1234567.89", "0.000001", "9007199254740993", "0.333333333333333333", "7922816251426433759.35"]
        {
            assert_eq!(amount(text).binary(), text.parse::<f64>().unwrap(), "{text}");
        }
    }
}
