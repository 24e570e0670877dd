//! `attain.toml`: the rules of the house, checked key by key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, Weekday};
use serde::Deserialize;

use crate::analysis::bridge;
use crate::analysis::deals::DealRules;
use crate::analysis::funnel::Cohort;
use crate::analysis::pacing::StatusRules;
use crate::analysis::shortfall::Attribution;
use crate::analysis::variance::Missing;
use crate::facts::{JoinRules, ManagerTarget, RegionBy};
use crate::measure::Amount;
use crate::metric::{Materiality, MetricSetting, Metrics};
use crate::period::Calendar;
use crate::period::weeks::{Pattern, WeekRule, YearStart};
use crate::period::workdays::WorkDays;
use crate::source::limits::Limits;
use crate::text::Lang;

/// The file as it is written. Everything has a default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub company: Option<String>,
    pub lang: Option<Lang>,
    /// Input files and folders, relative to the file.
    pub inputs: Vec<PathBuf>,
    pub out: Option<PathBuf>,
    pub as_of: Option<Day>,
    pub profile: Option<String>,
    pub calendar: CalendarSettings,
    pub metrics: BTreeMap<String, MetricSetting>,
    pub status: StatusRules,
    pub variance: VarianceSettings,
    pub targets: TargetSettings,
    pub plan: PlanSettings,
    pub org: OrgSettings,
    pub funnel: FunnelSettings,
    pub deals: DealSettings,
    /// Other names of people and units: theirs → ours.
    pub aliases: BTreeMap<String, String>,
    pub limits: Limits,
}

/// A day in a settings file: a TOML date, or the same in quotation marks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "WrittenDay")]
pub struct Day(pub NaiveDate);

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenDay {
    Date(toml::value::Datetime),
    Text(String),
}

impl TryFrom<WrittenDay> for Day {
    type Error = String;

    fn try_from(written: WrittenDay) -> Result<Self, String> {
        let text = match written {
            WrittenDay::Date(date) => date.to_string(),
            WrittenDay::Text(text) => text,
        };
        text.parse().map(Day).map_err(|_| format!("`{text}` is not a date; write it as 2026-03-31"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarSettings {
    pub fiscal_year_start_month: u32,
    pub fiscal_year_named_by: NamedBy,
    /// What the months are made of: calendar months, or weeks.
    pub pattern: Pattern,
    /// On which day a year of weeks begins.
    pub year_start: YearStart,
    pub week_start: WeekStart,
    /// Where the figures of a week across a month end belong.
    pub weeks: WeekRule,
    pub holidays: Holidays,
    /// Further days on which nobody works.
    pub days_off: Vec<Day>,
    /// Weekend days on which people work.
    pub days_worked: Vec<Day>,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        CalendarSettings {
            fiscal_year_start_month: 1,
            fiscal_year_named_by: NamedBy::End,
            pattern: Pattern::default(),
            year_start: YearStart::default(),
            week_start: WeekStart::default(),
            weeks: WeekRule::default(),
            holidays: Holidays::One("none".to_string()),
            days_off: Vec::new(),
            days_worked: Vec::new(),
        }
    }
}

/// Which of two calendar years gives a fiscal year its name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum NamedBy {
    End,
    Start,
}

/// The weekday on which weeks begin, by its English name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct WeekStart(pub Weekday);

impl Default for WeekStart {
    fn default() -> Self {
        WeekStart(Weekday::Mon)
    }
}

impl TryFrom<String> for WeekStart {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse().map(WeekStart).map_err(|_| format!("`{name}` is not a weekday; write monday or sunday"))
    }
}

/// The holiday tables: `cn` for mainland China with its make-up work days, `none` for Monday to Friday, and names of
/// files of one's own, relative to the settings; one of them or several.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(untagged)]
pub enum Holidays {
    One(String),
    Several(Vec<String>),
}

impl Holidays {
    fn names(&self) -> &[String] {
        match self {
            Holidays::One(name) => std::slice::from_ref(name),
            Holidays::Several(names) => names,
        }
    }

    /// The work days that the tables make together.
    fn work_days(&self, base: &Path) -> Result<WorkDays, String> {
        let mut table = WorkDays::default();
        for name in self.names() {
            let further = match name.as_str() {
                "none" => continue,
                "cn" => WorkDays::china(),
                name if name.ends_with(".toml") => {
                    let path = base.join(name);
                    let text = std::fs::read_to_string(&path);
                    let text = text.map_err(|error| format!("calendar.holidays: {}: {error}", path.display()))?;
                    WorkDays::from_toml(&text)
                        .map_err(|error| format!("calendar.holidays: {}: {}", path.display(), error.trim_end()))?
                }
                name => {
                    let known = "it is \"cn\", \"none\", or the name of a .toml file";
                    return Err(format!("calendar.holidays: \"{name}\" is not known; {known}"));
                }
            };
            table = table.and(further);
        }
        Ok(table)
    }

    /// The tables in words.
    fn described(&self, lang: Lang) -> String {
        let named = |name: &String| match name.as_str() {
            "cn" | "none" => lang.word(&format!("holidays.{name}")).to_string(),
            name => name.to_string(),
        };
        self.names().iter().map(named).collect::<Vec<_>>().join(lang.word("separator"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VarianceSettings {
    pub material_absolute: f64,
    pub material_relative: f64,
    pub combine: Combine,
    pub missing: Missing,
    pub bridge: bridge::Method,
}

impl Default for VarianceSettings {
    fn default() -> Self {
        VarianceSettings {
            material_absolute: 0.0,
            material_relative: 0.05,
            combine: Combine::And,
            missing: Missing::Blank,
            bridge: bridge::Method::default(),
        }
    }
}

/// Whether both thresholds of materiality must be reached.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    And,
    Or,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetSettings {
    pub manager: ManagerTarget,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanSettings {
    /// First day of week 1 of a plan that counts in weeks.
    pub start: Option<Day>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrgSettings {
    pub region_by: RegionBy,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FunnelSettings {
    /// Stages in order: keys of known stages, or names of one's own.
    pub stages: Vec<String>,
    /// Which deals a funnel of a period follows.
    pub cohort: Cohort,
    /// How a shortfall is split over its factors.
    pub attribution: Attribution,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DealSettings {
    /// Days without movement after which an open deal is stalled.
    pub stalled_days: Option<u32>,
    /// A change of the amount from one export to the next that is remarked on, as a fraction.
    pub amount_jump: f64,
    /// Decided deals that a measured probability needs.
    pub min_decided: u32,
}

impl Default for DealSettings {
    fn default() -> Self {
        DealSettings { stalled_days: None, amount_jump: 0.5, min_decided: 25 }
    }
}

/// The stages that are known by name in both languages, in order.
pub const STAGES: [&str; 6] = ["leads", "qualified", "opportunities", "proposals", "negotiations", "won"];

impl Default for FunnelSettings {
    fn default() -> Self {
        FunnelSettings {
            stages: STAGES.map(str::to_string).to_vec(),
            cohort: Cohort::default(),
            attribution: Attribution::default(),
        }
    }
}

/// Reads a settings file over the settings of a profile; the file wins.
///
/// # Errors
/// A sentence with the file, the line, the key, and what it might have meant.
pub fn load(path: Option<&Path>, profile: Option<&toml::Table>) -> Result<Settings, String> {
    let (name, text) = match path {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            (path.display().to_string(), text)
        }
        None => ("attain.toml".to_string(), String::new()),
    };
    // Parsed on its own first, so that mistakes are shown at their line.
    let own: Settings = toml::from_str(&text).map_err(|error| explain(&name, &error))?;
    let Some(profile) = profile.filter(|profile| !profile.is_empty()) else { return Ok(own) };
    let mut merged = profile.clone();
    let table: toml::Table = toml::from_str(&text).map_err(|error| explain(&name, &error))?;
    merge(&mut merged, table);
    merged.try_into().map_err(|error: toml::de::Error| explain(&format!("{name} + profile"), &error))
}

fn merge(below: &mut toml::Table, above: toml::Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            (_, value) => drop(below.insert(key, value)),
        }
    }
}

/// The parser's own drawing of the place, and the nearest key that exists.
fn explain(name: &str, error: &toml::de::Error) -> String {
    let text = error.to_string();
    let suggestion = suggestion(error.message()).map_or(String::new(), |near| format!("\n  did you mean `{near}`?"));
    format!("{name}: {}{suggestion}", text.trim_end())
}

/// The expected name nearest to the unknown one, from a message that lists both in backticks.
fn suggestion(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next().filter(|_| message.starts_with("unknown"))?;
    let scored = names.map(|name| (strsim::jaro_winkler(wrong, name), name)).filter(|(score, _)| *score > 0.7);
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.to_string())
}

impl Settings {
    /// The calendar, with holiday files from the folder of the settings.
    ///
    /// # Errors
    /// A month that does not exist, or a holiday file that cannot be read.
    pub fn calendar(&self, base: &Path) -> Result<Calendar, String> {
        let settings = &self.calendar;
        if !(1..=12).contains(&settings.fiscal_year_start_month) {
            return Err(format!(
                "calendar.fiscal_year_start_month = {} is not a month",
                settings.fiscal_year_start_month
            ));
        }
        let table = settings.holidays.work_days(base)?;
        let days = |days: &[Day]| days.iter().map(|day| day.0).collect::<Vec<_>>();
        Ok(Calendar {
            first_month: settings.fiscal_year_start_month,
            named_by_end: settings.fiscal_year_named_by == NamedBy::End,
            pattern: settings.pattern,
            year_start: settings.year_start,
            week_start: settings.week_start.0,
            weeks: settings.weeks,
            work_days: table.with(&days(&settings.days_off), &days(&settings.days_worked)),
        })
    }

    /// # Errors
    /// A metric or threshold that makes no sense.
    pub fn metrics(&self) -> Result<Metrics, String> {
        let threshold = |key: &str, value: f64| {
            let amount = Amount::from_setting(value).filter(|amount| !amount.is_negative());
            amount.ok_or_else(|| format!("variance.{key} must be a number not below 0"))
        };
        let materiality = Materiality {
            absolute: threshold("material_absolute", self.variance.material_absolute)?,
            relative: threshold("material_relative", self.variance.material_relative)?,
            both: self.variance.combine == Combine::And,
        };
        Metrics::new(&self.metrics, materiality)
    }

    pub fn rules(&self) -> JoinRules {
        JoinRules {
            manager_target: self.targets.manager,
            region_by: self.org.region_by,
            plan_start: self.plan.start.map(|day| day.0),
        }
    }

    /// # Errors
    /// A share that is not positive.
    pub fn deal_rules(&self) -> Result<DealRules, String> {
        let amount_jump = Amount::from_setting(self.deals.amount_jump).filter(|share| share.is_positive());
        Ok(DealRules {
            cohort: self.funnel.cohort,
            attribution: self.funnel.attribution,
            stalled_days: self.deals.stalled_days,
            amount_jump: amount_jump.ok_or("deals.amount_jump must be a number above 0")?,
            min_decided: self.deals.min_decided,
        })
    }

    /// # Errors
    /// Thresholds in the wrong order.
    pub fn checked_status(&self) -> Result<StatusRules, String> {
        let StatusRules { at_risk, critical } = self.status;
        if !(0.0..=1.0).contains(&at_risk) || !(0.0..=10.0).contains(&critical) || critical < at_risk {
            return Err("status: at_risk and critical are fractions, and critical is not smaller".to_string());
        }
        Ok(self.status)
    }

    /// What the figures depend on, as keys of words and values, for the manifest.
    pub fn described(&self, lang: Lang) -> Vec<(String, String)> {
        let percent =
            |value: f64| format!("{} %", Amount::from_setting(value * 100.0).unwrap_or_default().rounded(2).plain());
        let word = |key: String| lang.word(&key).to_string();
        // Calendar months begin the year on their first day.
        let begins = match self.calendar.pattern {
            Pattern::Months => "month",
            _ => self.calendar.year_start.key(),
        };
        let year_start = word(format!("year_start.{begins}"));
        let manager = match self.targets.manager {
            ManagerTarget::Personal => "personal",
            ManagerTarget::Team => "team",
        };
        let region = match self.org.region_by {
            RegionBy::Assignment => "assignment",
            RegionBy::Actuals => "actuals",
        };
        let stalled =
            self.deals.stalled_days.map_or_else(|| word("stalled.measured".to_string()), |days| days.to_string());
        let combine = match self.variance.combine {
            Combine::And => "and",
            Combine::Or => "or",
        };
        [
            ("fiscal_start", self.calendar.fiscal_year_start_month.to_string()),
            ("months", word(format!("pattern.{}", self.calendar.pattern.key()))),
            ("year_start", year_start),
            ("week_start", word(format!("weekday.{}", self.calendar.week_start.0.number_from_monday()))),
            ("weeks", word(format!("weeks.{}", self.calendar.weeks.key()))),
            ("holidays", self.calendar.holidays.described(lang)),
            ("manager_target", word(format!("manager_target.{manager}"))),
            ("region_by", word(format!("region_by.{region}"))),
            ("at_risk", percent(self.status.at_risk)),
            ("critical", percent(self.status.critical)),
            ("material_absolute", Amount::from_setting(self.variance.material_absolute).unwrap_or_default().plain()),
            ("material_relative", percent(self.variance.material_relative)),
            ("combine", word(format!("combine.{combine}"))),
            ("bridge", word(format!("bridge.{}", self.variance.bridge.key()))),
            ("cohort", word(format!("cohort.{}", self.funnel.cohort.key()))),
            ("attribution", word(format!("attribution.{}", self.funnel.attribution.key()))),
            ("stalled_days", stalled),
            ("amount_jump", percent(self.deals.amount_jump)),
            ("min_decided", self.deals.min_decided.to_string()),
        ]
        .map(|(key, value)| (key.to_string(), value))
        .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_named_with_a_suggestion() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attain.toml");
        std::fs::write(&path, "[calendar]\nfiscal_year_start = 7\n").unwrap();
        let error = load(Some(&path), None).unwrap_err();
        assert!(error.contains("line 2") && error.contains("did you mean `fiscal_year_start_month`?"), "{error}");
    }

    #[test]
    fn the_file_wins_over_the_profile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attain.toml");
        std::fs::write(&path, "[calendar]\nfiscal_year_start_month = 7\n").unwrap();
        let profile = "[calendar]\nfiscal_year_start_month = 4\nholidays = \"cn\"\n[org]\nregion_by = \"actuals\"\n";
        let settings = load(Some(&path), Some(&toml::from_str(profile).unwrap())).unwrap();
        assert_eq!(settings.calendar.fiscal_year_start_month, 7);
        assert_eq!(settings.calendar.holidays, Holidays::One("cn".to_string()));
        assert_eq!(settings.org.region_by, RegionBy::Actuals);
    }
}
