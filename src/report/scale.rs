//! In which unit money stands on the pages: full units, thousands, 万, millions, 亿. The figures of a cell are divided
//! and keep their digits, so that they add up as before; every page says its unit above its tables.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::measure::Amount;
use crate::text::Lang;

use super::{Figure, Formula, Item, Look, Page};

/// The unit of money on the pages.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Scale {
    #[default]
    One,
    Thousand,
    /// 万.
    TenThousand,
    Million,
    /// 亿.
    HundredMillion,
}

/// The unit that is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum ScaleSetting {
    /// By the largest total, and by the language: 万元 and 亿元, or thousands and millions.
    Auto,
    /// Full units.
    #[default]
    One,
    /// Thousands.
    #[serde(alias = "thousand", alias = "千元", alias = "千")]
    K,
    /// Ten thousands.
    #[serde(alias = "ten_thousand", alias = "万元", alias = "万")]
    Wan,
    /// Millions.
    #[serde(alias = "million", alias = "百万元", alias = "百万")]
    M,
    /// Hundred millions.
    #[serde(alias = "hundred_million", alias = "亿元", alias = "亿")]
    Yi,
}

/// A total from which thousands or 万 say more than full units.
const LARGE: i64 = 1_000_000;
/// A total from which millions say more than thousands, and 亿 more than 万.
const HUGE: i64 = 1_000_000_000;

impl ScaleSetting {
    /// By its name in settings and on the command line.
    pub fn named(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(name)).ok()
    }

    /// The unit, for a report whose largest total is this.
    pub fn resolved(self, largest: Amount, lang: Lang) -> Scale {
        match self {
            ScaleSetting::One => Scale::One,
            ScaleSetting::K => Scale::Thousand,
            ScaleSetting::Wan => Scale::TenThousand,
            ScaleSetting::M => Scale::Million,
            ScaleSetting::Yi => Scale::HundredMillion,
            ScaleSetting::Auto if largest < Amount::whole(LARGE) => Scale::One,
            ScaleSetting::Auto => match (lang, largest < Amount::whole(HUGE)) {
                (Lang::Zh, true) => Scale::TenThousand,
                (Lang::Zh, false) => Scale::HundredMillion,
                (Lang::En, true) => Scale::Thousand,
                (Lang::En, false) => Scale::Million,
            },
        }
    }
}

impl Scale {
    /// By its name in settings.
    pub fn key(self) -> &'static str {
        match self {
            Scale::One => "one",
            Scale::Thousand => "k",
            Scale::TenThousand => "wan",
            Scale::Million => "m",
            Scale::HundredMillion => "yi",
        }
    }

    /// As a power of ten.
    pub fn power(self) -> u8 {
        match self {
            Scale::One => 0,
            Scale::Thousand => 3,
            Scale::TenThousand => 4,
            Scale::Million => 6,
            Scale::HundredMillion => 8,
        }
    }

    /// Decimals that are shown of money in this unit, where full units have so many.
    pub fn decimals(self, of_full_units: u8) -> u8 {
        match self {
            Scale::One => of_full_units,
            Scale::Thousand | Scale::TenThousand => 1,
            Scale::Million | Scale::HundredMillion => 2,
        }
    }

    /// Money in this unit.
    pub fn of(self, amount: Amount) -> Amount {
        if self == Scale::One { amount } else { amount.times_ten_to(-i16::from(self.power())) }
    }

    /// Money in full units, as it was before.
    pub fn full(self, scaled: Amount) -> Amount {
        if self == Scale::One { scaled } else { scaled.times_ten_to(i16::from(self.power())) }
    }

    /// An amount in a sentence, with its unit: 12.3万, 12.3k.
    pub fn words(self, amount: Amount, lang: Lang) -> String {
        let number = self.of(amount).grouped(self.decimals(0));
        if self == Scale::One { number } else { number + lang.word(&format!("scale.{}.short", self.key())) }
    }

    /// Puts a page's money into this unit.
    pub fn apply(self, page: &mut Page) {
        if self == Scale::One {
            return;
        }
        for block in &mut page.blocks {
            let numbers = block.lines.iter_mut().flat_map(|line| &mut line.items).filter_map(|item| match item {
                Item::Number(figure) => Some(figure),
                _ => None,
            });
            for figure in numbers {
                figure.look = match figure.look {
                    Look::Money(decimals) => Look::Money(self.decimals(decimals)),
                    Look::MoneyDelta(decimals) => Look::MoneyDelta(self.decimals(decimals)),
                    _ => continue,
                };
                figure.value = self.of(figure.value);
                if let Some(Formula::Unexplained { digits, .. }) = &mut figure.formula {
                    *digits += self.power();
                }
            }
            let is_money = |column: &usize| {
                let mut items = block.lines.iter().filter_map(|line| line.items.get(*column));
                items.any(|item| matches!(item, Item::Number(Figure { look: Look::Money(_), .. })))
            };
            if let Some(chart) = &mut block.chart
                && chart.values.iter().any(is_money)
            {
                chart.axis_from = chart.axis_from.map(|from| self.of(from));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_totals_get_the_unit_of_the_language() {
        let of = |total, lang| ScaleSetting::Auto.resolved(Amount::whole(total), lang).key();
        assert_eq!([of(999_999, Lang::Zh), of(1_000_000, Lang::Zh), of(1_000_000_000, Lang::Zh)], ["one", "wan", "yi"]);
        assert_eq!([of(999_999, Lang::En), of(1_000_000, Lang::En), of(1_000_000_000, Lang::En)], ["one", "k", "m"]);
    }

    /// 12,345,678.90 元 are 1,234.56789 万元.
    #[test]
    fn figures_are_divided_and_keep_their_digits() {
        let amount = Amount::from_units(1_234_567_890, 2);
        assert_eq!(Scale::TenThousand.of(amount).plain(), "1234.56789");
        assert_eq!(Scale::TenThousand.words(amount, Lang::Zh), "1,234.6万");
        assert_eq!(Scale::Million.words(amount, Lang::En), "12.35m");
        assert_eq!(Scale::Thousand.full(Scale::Thousand.of(amount)), amount);
    }

    #[test]
    fn names_in_both_languages() {
        assert_eq!(ScaleSetting::named("万元"), ScaleSetting::named("wan"));
        assert_eq!(ScaleSetting::named("m"), Some(ScaleSetting::M));
        assert_eq!(ScaleSetting::named("dozen"), None);
    }
}
