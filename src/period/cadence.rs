//! How often something is looked at or reported, as people write it in both languages: `every Fri`, `每月第三个周三`,
//! `month end`, `每两周`.
//!
//! What is not understood is nothing, never a guess. Cadences without a day (`weekly`, `每月`) are due on the last day
//! of the week, month or quarter. Ends of months, quarters and years are those of the fiscal calendar; the days and
//! weekdays of a month are those of the calendar on the wall.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::parse::with_digits;
use super::{Calendar, Kind, Period, Span};
use crate::text::{self, Lang};

/// How often, and on which days.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cadence {
    /// On every work day.
    Daily,
    /// Every so many weeks, counted from week 1 of the year; on the last day of the week where no weekday is named.
    Weekly { every: u32, weekday: Option<Weekday> },
    /// On the first to fifth, or last, such weekday of a month or quarter. Not every month has a fifth.
    Nth { nth: Nth, weekday: Weekday, of: Stretch },
    /// On this day of the month; on its last where it has fewer.
    DayOfMonth(u32),
    /// On the last day of each.
    End(Stretch),
}

/// Which of several.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nth {
    /// 1 to 5.
    From(u32),
    Last,
}

/// What a cadence counts in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stretch {
    Month,
    Quarter,
    HalfYear,
    Year,
    /// The period that the report is about, and those like it.
    Period,
}

/// Why a text is no cadence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unread {
    Unknown,
    /// A week has one Wednesday, and no third: what may be meant.
    Impossible {
        of_month: Cadence,
        every_week: Cadence,
    },
}

/// A day on which something is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Occurrence {
    pub day: NaiveDate,
    /// The same day, or the next work day where it is a day off: the cadence stays on its day, and this is offered.
    pub work_day: NaiveDate,
}

/// Fixed phrases of both languages, normalised.
static PHRASES: LazyLock<HashMap<String, Cadence>> = LazyLock::new(|| {
    let meanings = [
        ("cadence.daily", Cadence::Daily),
        ("cadence.weekly", Cadence::Weekly { every: 1, weekday: None }),
        ("cadence.fortnightly", Cadence::Weekly { every: 2, weekday: None }),
        ("cadence.month_end", Cadence::End(Stretch::Month)),
        ("cadence.quarter_end", Cadence::End(Stretch::Quarter)),
        ("cadence.half_year_end", Cadence::End(Stretch::HalfYear)),
        ("cadence.year_end", Cadence::End(Stretch::Year)),
        ("cadence.period_end", Cadence::End(Stretch::Period)),
    ];
    let words = meanings
        .into_iter()
        .flat_map(|(key, cadence)| text::wordings(key).into_iter().map(move |word| (normalise(word), cadence)));
    words.collect()
});

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Mon),
    ("tue", Weekday::Tue),
    ("wed", Weekday::Wed),
    ("thu", Weekday::Thu),
    ("fri", Weekday::Fri),
    ("sat", Weekday::Sat),
    ("sun", Weekday::Sun),
];
const ORDINALS: [(&str, Nth); 11] = [
    ("1st", Nth::From(1)),
    ("first", Nth::From(1)),
    ("2nd", Nth::From(2)),
    ("second", Nth::From(2)),
    ("3rd", Nth::From(3)),
    ("third", Nth::From(3)),
    ("4th", Nth::From(4)),
    ("fourth", Nth::From(4)),
    ("5th", Nth::From(5)),
    ("fifth", Nth::From(5)),
    ("last", Nth::Last),
];

/// What can be written with a day in it. English has lost its small words by then, Chinese its 的 and 个.
struct Patterns {
    /// `every fri`, `weekly fri`, `fridays`, `每周5`.
    weekly: [Regex; 2],
    /// `every 2 weeks fri`, `每2周周5`.
    every_weeks: [Regex; 2],
    /// `3rd wed month`, `每月第3周3`; with a week in place of the month it is impossible.
    nth: [Regex; 3],
    /// `monthly 15`, `15th every month`, `每月15日`.
    day_of_month: [Regex; 3],
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let day = "(?P<day>mon|tue|wed|thu|fri|sat|sun)";
    let nth = "(?P<nth>1st|first|2nd|second|3rd|third|4th|fourth|5th|fifth|last)";
    let of = "(?P<of>week|month|quarter)(?:ly)?";
    let han_day = "(?:周|星期|礼拜)(?P<day>[1-7日天])";
    let compile = |pattern: String| match Regex::new(&format!("^{pattern}$")) {
        Ok(regex) => regex,
        Err(error) => panic!("{pattern}: {error}"),
    };
    Patterns {
        weekly: [
            compile(format!("(?:every |weekly |every week )?{day}(?: weekly| every week)?")),
            compile(format!("(?:每|逢|每逢|每周|每星期){han_day}")),
        ],
        every_weeks: [
            compile(format!("every (?P<n>[2-9]|two|three|four|other|2nd|second) weeks?(?: {day})?")),
            compile(format!("每(?P<n>[2-9])(?:周|星期)(?:1次)?(?:{han_day})?")),
        ],
        nth: [
            compile(format!("(?:every )?{nth} {day} (?:every )?{of}")),
            compile(format!("(?:every )?{of} {nth} {day}")),
            compile(format!("每(?P<of>周|星期|月|季度?)(?:第(?P<nth>[1-5])|(?P<last>最后)1?){han_day}")),
        ],
        day_of_month: [
            compile("(?:monthly|every month)(?: day)? (?P<n>[0-9]{1,2})(?:st|nd|rd|th)?".to_string()),
            compile(
                "(?:every )?(?:day )?(?P<n>[0-9]{1,2})(?:st|nd|rd|th)?(?: day)? (?:every )?month(?:ly)?".to_string(),
            ),
            compile("每月第?(?P<n>[0-9]{1,2})[日号](?:前|之前)?".to_string()),
        ],
    }
});

fn normalise(text: &str) -> String {
    let is_kept = |character: &char| character.is_alphanumeric();
    text.nfkc().flat_map(char::to_lowercase).filter(is_kept).collect()
}

/// English without its small words, and with short weekdays: `the third Wednesday of each month` → `third wed every
/// month`.
fn english(text: &str) -> String {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.filter_map(|word| match word {
        "the" | "a" | "an" | "on" | "of" | "at" | "in" | "by" | "once" => None,
        "each" | "per" => Some("every"),
        word => {
            let is_day = |(short, _): &&(&'static str, Weekday)| {
                let rest = word.strip_prefix(short);
                rest.is_some_and(|rest| {
                    let endings = ["", "s", "day", "days", "sday", "sdays", "nesday", "nesdays", "rs", "r", "rsday"];
                    endings.contains(&rest) || matches!(rest, "rsdays" | "urday" | "urdays")
                })
            };
            Some(WEEKDAYS.iter().find(is_day).map_or(word, |(short, _)| *short))
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn weekday(text: &str) -> Option<Weekday> {
    let named = WEEKDAYS.iter().find(|(name, _)| *name == text).map(|(_, day)| *day);
    named.or_else(|| match text {
        "日" | "天" => Some(Weekday::Sun),
        digit => Weekday::try_from(digit.parse::<u8>().ok()?.checked_sub(1)?).ok(),
    })
}

impl Cadence {
    /// Reads a cadence.
    ///
    /// # Errors
    /// That it is none, or one that cannot be.
    pub fn read(text: &str) -> Result<Self, Unread> {
        if let Some(cadence) = PHRASES.get(&normalise(text)) {
            return Ok(*cadence);
        }
        let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
        let is_chinese = lower.chars().any(|character| matches!(character, '\u{4e00}'..='\u{9fff}'));
        let plain = if is_chinese {
            let is_kept = |character: &char| !character.is_whitespace() && !matches!(character, '的' | '个');
            with_digits(&lower.chars().filter(is_kept).collect::<String>())
        } else {
            english(&lower)
        };
        let captured = |patterns: &[Regex]| patterns.iter().find_map(|pattern| pattern.captures(&plain));
        if let Some(found) = captured(&PATTERNS.weekly) {
            return Ok(Cadence::Weekly { every: 1, weekday: weekday(&found["day"]) });
        }
        if let Some(found) = captured(&PATTERNS.every_weeks) {
            let every = match &found["n"] {
                "two" | "other" | "2nd" | "second" => Some(2),
                "three" => Some(3),
                "four" => Some(4),
                digits => digits.parse().ok(),
            };
            let weekday = found.name("day").and_then(|day| weekday(day.as_str()));
            return every.map(|every| Cadence::Weekly { every, weekday }).ok_or(Unread::Unknown);
        }
        if let Some(found) = captured(&PATTERNS.day_of_month) {
            let day = found["n"].parse().ok().filter(|day| (1..=31).contains(day));
            return day.map(Cadence::DayOfMonth).ok_or(Unread::Unknown);
        }
        let Some(found) = captured(&PATTERNS.nth) else { return Err(Unread::Unknown) };
        let nth = match found.name("nth").map(|nth| nth.as_str()) {
            Some(word) => ORDINALS
                .iter()
                .find(|(ordinal, _)| *ordinal == word)
                .map(|(_, nth)| *nth)
                .or_else(|| word.parse().ok().map(Nth::From)),
            None => Some(Nth::Last),
        };
        let (Some(nth), Some(weekday)) = (nth, weekday(&found["day"])) else { return Err(Unread::Unknown) };
        match &found["of"] {
            "week" | "周" | "星期" => Err(Unread::Impossible {
                of_month: Cadence::Nth { nth, weekday, of: Stretch::Month },
                every_week: Cadence::Weekly { every: 1, weekday: Some(weekday) },
            }),
            "month" | "月" => Ok(Cadence::Nth { nth, weekday, of: Stretch::Month }),
            _ => Ok(Cadence::Nth { nth, weekday, of: Stretch::Quarter }),
        }
    }

    /// The cadence in words, which [`Cadence::read`] reads.
    pub fn words(self, lang: Lang) -> String {
        let day = |weekday: Weekday| lang.word(&format!("cadence.day.{}", weekday.number_from_monday()));
        match self {
            Cadence::Daily => lang.word("cadence.daily").to_string(),
            Cadence::Weekly { every: 1, weekday: None } => lang.word("cadence.weekly").to_string(),
            Cadence::Weekly { every: 2, weekday: None } => lang.word("cadence.fortnightly").to_string(),
            Cadence::Weekly { every: 1, weekday: Some(weekday) } => {
                lang.say("cadence.every_weekday", &[("day", day(weekday))])
            }
            Cadence::Weekly { every, weekday } => {
                let arguments = [("count", &*every.to_string()), ("day", weekday.map_or("", day))];
                lang.say("cadence.every_weeks", &arguments).trim_end().to_string()
            }
            Cadence::Nth { nth, weekday, of } => {
                let nth = match nth {
                    Nth::From(nth) => lang.word(&format!("cadence.nth.{nth}")),
                    Nth::Last => lang.word("cadence.nth.last"),
                };
                let key = if of == Stretch::Quarter { "cadence.nth_of_quarter" } else { "cadence.nth_of_month" };
                lang.say(key, &[("nth", nth), ("day", day(weekday))])
            }
            Cadence::DayOfMonth(day) => lang.say("cadence.day_of_month", &[("day", &day.to_string())]),
            Cadence::End(stretch) => lang
                .word(match stretch {
                    Stretch::Month => "cadence.month_end",
                    Stretch::Quarter => "cadence.quarter_end",
                    Stretch::HalfYear => "cadence.half_year_end",
                    Stretch::Year => "cadence.year_end",
                    Stretch::Period => "cadence.period_end",
                })
                .to_string(),
        }
    }

    /// The days of a span on which it is due, in time order. `reported` is how long the report's period is.
    pub fn occurrences(self, span: Span, calendar: &Calendar, reported: Kind) -> Vec<Occurrence> {
        let days: Vec<NaiveDate> = match self {
            Cadence::Daily => every_day(span).filter(|day| calendar.work_days.is_work_day(*day)).collect(),
            Cadence::Weekly { every, weekday } => periods(calendar, Kind::Week, span)
                .filter(|week| (week.index - 1) % every == 0)
                .map(|week| calendar.span(week))
                .map(|week| weekday.and_then(|day| nth_weekday(week, Nth::From(1), day)).unwrap_or(week.last))
                .collect(),
            Cadence::Nth { nth, weekday, of: Stretch::Quarter } => periods(calendar, Kind::Quarter, span)
                .filter_map(|quarter| nth_weekday(calendar.span(quarter), nth, weekday))
                .collect(),
            Cadence::Nth { nth, weekday, .. } => {
                calendar_months(span).filter_map(|month| nth_weekday(month, nth, weekday)).collect()
            }
            Cadence::DayOfMonth(day) => {
                calendar_months(span).map(|month| month.first.with_day(day).unwrap_or(month.last)).collect()
            }
            Cadence::End(Stretch::HalfYear) => periods(calendar, Kind::Quarter, span)
                .filter(|quarter| quarter.index % 2 == 0)
                .map(|quarter| calendar.span(quarter).last)
                .collect(),
            Cadence::End(stretch) => {
                let kind = match stretch {
                    Stretch::Month => Kind::Month,
                    Stretch::Quarter => Kind::Quarter,
                    Stretch::Period => reported,
                    _ => Kind::Year,
                };
                periods(calendar, kind, span).map(|period| calendar.span(period).last).collect()
            }
        };
        let work_day = |day: NaiveDate| {
            let mut following = day.iter_days().take(LONGEST_HOLIDAY);
            following.find(|day| calendar.work_days.is_work_day(*day)).unwrap_or(day)
        };
        let days = days.into_iter().filter(|day| span.contains(*day));
        days.map(|day| Occurrence { day, work_day: work_day(day) }).collect()
    }

    /// The first day after another on which it is due.
    pub fn next_after(self, day: NaiveDate, calendar: &Calendar, reported: Kind) -> Option<Occurrence> {
        let first = day.succ_opt()?;
        // Quarters and most months come within the year; a year of weeks may be 371 days.
        [40, 750].into_iter().find_map(|days| {
            let last = first.checked_add_days(Days::new(days))?;
            self.occurrences(Span { first, last }, calendar, reported).first().copied()
        })
    }
}

/// Days in which a work day is searched.
const LONGEST_HOLIDAY: usize = 60;

fn every_day(span: Span) -> impl Iterator<Item = NaiveDate> {
    span.first.iter_days().take_while(move |day| *day <= span.last)
}

/// The periods of a kind that touch a span, in time order.
fn periods(calendar: &Calendar, kind: Kind, span: Span) -> impl Iterator<Item = Period> + '_ {
    let mut next = Some(span.first);
    std::iter::from_fn(move || {
        let period = calendar.containing(kind, next.filter(|day| *day <= span.last)?);
        next = calendar.span(period).last.succ_opt();
        Some(period)
    })
}

/// The calendar's months that touch a span, in time order.
fn calendar_months(span: Span) -> impl Iterator<Item = Span> {
    let calendar = Calendar::default();
    let months: Vec<Span> = periods(&calendar, Kind::Month, span).map(|month| calendar.span(month)).collect();
    months.into_iter()
}

/// The first to fifth, or last, such weekday of a span; nothing where it has fewer.
fn nth_weekday(span: Span, nth: Nth, weekday: Weekday) -> Option<NaiveDate> {
    let day = match nth {
        Nth::From(nth) => {
            let first = span.first + Days::new(u64::from(weekday.days_since(span.first.weekday())));
            first + Days::new(7 * u64::from(nth.saturating_sub(1)))
        }
        Nth::Last => span.last - Days::new(u64::from(span.last.weekday().days_since(weekday))),
    };
    span.contains(day).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::workdays::WorkDays;

    fn weekly(weekday: Weekday) -> Cadence {
        Cadence::Weekly { every: 1, weekday: Some(weekday) }
    }

    fn nth(nth: Nth, weekday: Weekday) -> Cadence {
        Cadence::Nth { nth, weekday, of: Stretch::Month }
    }

    #[test]
    fn cadences_as_people_write_them() {
        for (texts, expected) in [
            (
                "every Fri|Every Friday|weekly on Friday|Fridays|on Fridays|each Friday|Friday every week|每周五|每星期五|每周周五|每周的星期五|逢周五|每个周五",
                weekly(Weekday::Fri),
            ),
            ("every Sun|每周日|每周天|每星期天|每周七", weekly(Weekday::Sun)),
            ("每周一|Mondays|weekly on Mon", weekly(Weekday::Mon)),
            (
                "3rd Wed of month|third Wednesday of the month|the 3rd Wednesday of each month|monthly on the third Wed|每月第三个周三|每月第3个星期三|每个月的第三个星期三|每月第三周三",
                nth(Nth::From(3), Weekday::Wed),
            ),
            (
                "last Fri of month|last Friday of every month|every last Friday of the month|每月最后一个周五|每月最后周五|每个月的最后一个星期五",
                nth(Nth::Last, Weekday::Fri),
            ),
            (
                "1st Mon of quarter|first Monday of each quarter|每季度第一个周一|每季第1个周一",
                Cadence::Nth { nth: Nth::From(1), weekday: Weekday::Mon, of: Stretch::Quarter },
            ),
            (
                "month end|month-end|end of month|end of each month|monthly|every month|once a month|月末|每月末|月底|每月底|每月|每月一次",
                Cadence::End(Stretch::Month),
            ),
            (
                "quarter end|end of quarter|quarterly|every quarter|季末|季度末|每季末|每季度末|每季度|每季度一次",
                Cadence::End(Stretch::Quarter),
            ),
            ("half-yearly|every half-year|每半年|每半年一次", Cadence::End(Stretch::HalfYear)),
            (
                "year end|year-end|end of year|annually|yearly|年末|年底|每年末|每年|每年一次",
                Cadence::End(Stretch::Year),
            ),
            ("period end|end of period|期末|每期末", Cadence::End(Stretch::Period)),
            ("daily|every day|every work day|每日|每天|每个工作日", Cadence::Daily),
            ("weekly|every week|once a week|每周|每周一次|每星期", Cadence::Weekly { every: 1, weekday: None }),
            (
                "every 2 weeks|every two weeks|every other week|every second week|fortnightly|每两周|每2周|每两周一次|隔周|每隔一周|双周",
                Cadence::Weekly { every: 2, weekday: None },
            ),
            (
                "every 2 weeks on Friday|every other week on Fri|每两周周五|每两周的星期五",
                Cadence::Weekly { every: 2, weekday: Some(Weekday::Fri) },
            ),
            (
                "monthly on 15|monthly on the 15th|15th of each month|15th of the month|day 15 of every month|每月15日|每月15号|每月第15日|每月十五日|每月１５日前",
                Cadence::DayOfMonth(15),
            ),
            ("每月二十五日|25th of month", Cadence::DayOfMonth(25)),
        ] {
            for text in texts.split('|') {
                assert_eq!(Cadence::read(text), Ok(expected), "{text}");
            }
            for lang in Lang::ALL {
                assert_eq!(Cadence::read(&expected.words(lang)), Ok(expected), "{}", expected.words(lang));
            }
        }
    }

    #[test]
    fn a_week_has_no_third_wednesday() {
        for text in [
            "每周的第三个周三",
            "每周第3个星期三",
            "third Wednesday of every week",
            "3rd Wed of week",
            "every 3rd Wed of the week",
        ] {
            let expected =
                Unread::Impossible { of_month: nth(Nth::From(3), Weekday::Wed), every_week: weekly(Weekday::Wed) };
            assert_eq!(Cadence::read(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        // Twice a week, or every second one? Of the month, or of the quarter? A sixth Monday? Three days at once?
        for text in [
            "biweekly",
            "第三个周三",
            "3rd Wed",
            "6th Mon of month",
            "每月第六个周一",
            "每周一三五",
            "monthly on 32",
            "每月0日",
            "偶尔",
            "as needed",
            "",
            "Friday the 13th",
            "5",
            "month",
        ] {
            assert_eq!(Cadence::read(text), Err(Unread::Unknown), "{text}");
        }
    }

    fn due(text: &str, first: &str, last: &str, calendar: &Calendar) -> Vec<String> {
        let span = Span { first: first.parse().unwrap(), last: last.parse().unwrap() };
        let found = Cadence::read(text).unwrap().occurrences(span, calendar, Kind::Quarter);
        found.iter().map(|found| format!("{}>{}", found.day.format("%m-%d"), found.work_day.format("%m-%d"))).collect()
    }

    /// 2026 by the wall calendar: 1 January is a Thursday.
    #[test]
    fn days_on_which_it_is_due() {
        let plain = Calendar::default();
        let quarter = |text| due(text, "2026-01-01", "2026-03-31", &plain);
        assert_eq!(quarter("3rd Wed of month"), ["01-21>01-21", "02-18>02-18", "03-18>03-18"]);
        assert_eq!(quarter("last Fri of month"), ["01-30>01-30", "02-27>02-27", "03-27>03-27"]);
        assert_eq!(quarter("5th Sat of month"), ["01-31>02-02"]);
        // The end of a month that is a Saturday stays there, and the Monday is offered.
        assert_eq!(quarter("month end"), ["01-31>02-02", "02-28>03-02", "03-31>03-31"]);
        assert_eq!(quarter("quarter end"), ["03-31>03-31"]);
        assert_eq!(quarter("period end"), ["03-31>03-31"]);
        assert_eq!(quarter("year end"), [""; 0]);
        assert_eq!(quarter("monthly on 31"), ["01-31>02-02", "02-28>03-02", "03-31>03-31"]);
        assert_eq!(quarter("1st Mon of quarter"), ["01-05>01-05"]);
        assert_eq!(due("every Fri", "2026-01-01", "2026-01-31", &plain).len(), 5);
        assert_eq!(due("weekly", "2026-01-01", "2026-01-12", &plain), ["01-04>01-05", "01-11>01-12"]);
        // Weeks 1, 3 and 5 of 2026; the first Friday is 2 January.
        let fortnights = ["01-02>01-02", "01-16>01-16", "01-30>01-30"];
        assert_eq!(due("every 2 weeks on Fri", "2026-01-01", "2026-01-31", &plain), fortnights);
        assert_eq!(
            due("daily", "2026-01-01", "2026-01-06", &plain),
            ["01-01>01-01", "01-02>01-02", "01-05>01-05", "01-06>01-06"]
        );
        assert_eq!(due("half-yearly", "2026-01-01", "2026-12-31", &plain), ["06-30>06-30", "12-31>12-31"]);
    }

    #[test]
    fn days_off_move_what_is_offered() {
        // 20 February 2026 lies in the Spring Festival, which ends on the 23rd.
        let calendar = Calendar { work_days: WorkDays::china(), ..Calendar::default() };
        assert_eq!(due("每周五", "2026-02-16", "2026-02-28", &calendar), ["02-20>02-24", "02-27>02-27"]);
    }

    #[test]
    fn the_next_day() {
        let next = |text: &str, day: &str| {
            let next = Cadence::read(text).unwrap().next_after(day.parse().unwrap(), &Calendar::default(), Kind::Month);
            next.map(|next| next.day.to_string())
        };
        assert_eq!(next("every Fri", "2026-01-02").as_deref(), Some("2026-01-09"));
        assert_eq!(next("年末", "2026-12-31").as_deref(), Some("2027-12-31"));
        assert_eq!(next("5th Sat of month", "2026-01-31").as_deref(), Some("2026-05-30"));
    }

    #[test]
    fn ends_are_those_of_the_fiscal_calendar() {
        let retail = Calendar {
            first_month: 2,
            named_by_end: false,
            pattern: crate::period::weeks::Pattern::FourFiveFour,
            week_start: Weekday::Sun,
            ..Calendar::default()
        };
        // NRF 2023: months end on 25 February, 1 April and 29 April.
        assert_eq!(
            due("month end", "2023-01-29", "2023-04-29", &retail),
            ["02-25>02-27", "04-01>04-03", "04-29>05-01"]
        );
        assert_eq!(due("monthly on 15", "2023-01-29", "2023-03-31", &retail), ["02-15>02-15", "03-15>03-15"]);
    }
}
