//! `attain.toml`: the rules of the house, checked key by key.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{NaiveDate, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::analysis::allocation::{AllocateBy, AllocationRule};
use crate::analysis::bridge;
use crate::analysis::budget::TargetBand;
use crate::analysis::deals::DealRules;
use crate::analysis::funnel::Cohort;
use crate::analysis::pacing::StatusRules;
use crate::analysis::shortfall::Attribution;
use crate::analysis::variance::Missing;
use crate::facts::budgets::Phasing;
use crate::facts::{JoinRules, Level, ManagerTarget, RegionBy};
use crate::job::appearance::ReportSettings;
use crate::measure::Amount;
use crate::metric::{Combine, Materiality, MetricSetting, Metrics, NegativeTarget};
use crate::period::weeks::{Pattern, WeekRule, YearStart};
use crate::period::workdays::WorkDays;
use crate::period::{Calendar, Pace, greatest_divisor};
use crate::source::limits::Limits;
use crate::text::Lang;

/// Settings of attain. Everything is optional; what is left out keeps its default.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The organisation's name, as reports show it.
    pub company: Option<String>,
    /// The language of reports and messages.
    pub lang: Option<Lang>,
    /// Input files and folders, relative to the file.
    pub inputs: Vec<PathBuf>,
    /// The folder for reports, relative to the file.
    pub out: Option<PathBuf>,
    /// The last day whose facts count; today where it is left out.
    pub as_of: Option<Day>,
    /// Name or file of the profile that maps other people's exports.
    pub profile: Option<String>,
    pub calendar: CalendarSettings,
    /// Metrics of one's own, and what differs for the built-in ones.
    pub metrics: BTreeMap<String, MetricSetting>,
    pub status: StatusRules,
    pub attainment: AttainmentSettings,
    pub pace: PaceSettings,
    pub variance: VarianceSettings,
    pub targets: TargetSettings,
    pub plan: PlanSettings,
    pub org: OrgSettings,
    pub funnel: FunnelSettings,
    pub deals: DealSettings,
    pub budget: BudgetSettings,
    pub report: ReportSettings,
    /// Other names of people and units: theirs → ours.
    pub aliases: BTreeMap<String, String>,
    pub limits: Limits,
}

/// The JSON schema of the settings file, by which editors complete keys and check values.
///
/// Keys and descriptions come from the structs that read the file.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Settings);
    serde_json::to_string_pretty(&schema).map_or_else(|error| error.to_string(), |text| text + "\n")
}

/// The name of the schema's file, as the first line of a new settings file names it.
pub const SCHEMA_FILE: &str = "attain.schema.json";

/// A day in a settings file: a TOML date, or the same in quotation marks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "WrittenDay")]
pub struct Day(pub NaiveDate);

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    // Editors read a TOML date as a text of this format.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A day: a TOML date, or the same in quotation marks.",
            "type": "string",
            "format": "date",
        })
    }
}

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

/// Fiscal year and work days.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarSettings {
    /// Month in which the fiscal year begins.
    #[schemars(range(min = 1, max = 12))]
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
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum NamedBy {
    /// A year from July 2025 to June 2026 is 2026.
    End,
    /// The same year is 2025.
    Start,
}

/// The weekday on which weeks begin, by its English name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
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
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
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

/// From when on a variance matters.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VarianceSettings {
    /// A variance of at least this much is material.
    #[schemars(range(min = 0))]
    pub material_absolute: f64,
    /// A variance of at least this fraction of the base is material.
    #[schemars(range(min = 0))]
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

/// How attainment is figured.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttainmentSettings {
    pub negative_target: NegativeTarget,
}

/// What counts as time passing within a period.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PaceSettings {
    pub by: PaceBy,
    /// With `by = "weights"`: twelve weights, January to December, such as the usual sales of each month.
    #[schemars(length(max = 12), inner(range(min = 0)))]
    pub weights: Vec<f64>,
}

/// The basis of pace.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum PaceBy {
    /// Work days passed ÷ work days of the period.
    #[default]
    WorkDays,
    /// Days passed ÷ days of the period.
    CalendarDays,
    /// Months by their weights, and work days within a month.
    Weights,
}

/// Targets of people who lead others.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TargetSettings {
    pub manager: ManagerTarget,
}

/// Plans of tasks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanSettings {
    /// First day of week 1 of a plan that counts in weeks.
    pub start: Option<Day>,
}

/// The organisation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OrgSettings {
    pub region_by: RegionBy,
    /// The levels that reports and tables show.
    pub levels: Vec<Level>,
}

impl Default for OrgSettings {
    fn default() -> Self {
        OrgSettings { region_by: RegionBy::default(), levels: Level::ALL.to_vec() }
    }
}

/// Budgets and spending.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetSettings {
    pub phasing: PhasingBy,
    /// With `phasing = "weights"`: twelve weights, January to December.
    #[schemars(length(max = 12), inner(range(min = 0)))]
    pub weights: Vec<f64>,
    /// Up to this fraction of the budget beyond pace is on track; further is judged by `[status]`.
    #[schemars(range(min = 0, max = 10))]
    pub overspend: f64,
    /// Up to this fraction of the budget short of pace is on track; further is judged by `[status]`.
    #[schemars(range(min = 0, max = 10))]
    pub underspend: f64,
    /// An amount to be divided over units.
    pub allocation: Option<AllocationSettings>,
}

impl Default for BudgetSettings {
    fn default() -> Self {
        BudgetSettings {
            phasing: PhasingBy::Equal,
            weights: Vec::new(),
            overspend: 0.0,
            underspend: 0.20,
            allocation: None,
        }
    }
}

/// How a budget is phased over the months of its cycle.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum PhasingBy {
    /// The same amount every month.
    #[default]
    Equal,
    /// By the work days of each month.
    WorkDays,
    /// All of it in the first month of each cycle.
    CycleStart,
    /// By twelve weights.
    Weights,
}

/// An amount to be divided over units.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllocationSettings {
    /// The amount, in full units of money.
    pub amount: f64,
    #[serde(default)]
    pub by: AllocateBy,
    /// The units that share it.
    #[serde(default = "region")]
    pub level: Level,
    /// The metric whose targets and forecasts decide.
    #[serde(default = "sales_amount")]
    pub metric: String,
    /// With `by = "weights"`: a weight for each unit, by its name or id.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
}

fn region() -> Level {
    Level::Region
}

fn sales_amount() -> String {
    "sales_amount".to_string()
}

/// The stages of the funnel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FunnelSettings {
    /// Stages in order: keys of known stages, or names of one's own.
    pub stages: Vec<String>,
    /// Which deals a funnel of a period follows.
    pub cohort: Cohort,
    /// How a shortfall is split over its factors.
    pub attribution: Attribution,
}

/// Deals: what is remarked on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
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

/// Twelve weights as whole numbers in the same proportions, without a common divisor.
fn monthly_weights(key: &str, weights: &[f64]) -> Result<[i64; 12], String> {
    let refused = || format!("{key}: twelve weights are needed, January to December, none below 0 and some above");
    let whole = |weight: &f64| {
        let units = Amount::from_setting(*weight)?.rounded(WEIGHT_DECIMALS).units(WEIGHT_DECIMALS)?;
        i64::try_from(units).ok().filter(|units| (0..=MOST_WEIGHT).contains(units))
    };
    let whole: Option<Vec<i64>> = weights.iter().map(whole).collect();
    let mut whole: [i64; 12] = whole.and_then(|whole| whole.try_into().ok()).ok_or_else(refused)?;
    let divisor = whole.iter().copied().fold(0, greatest_divisor);
    if divisor == 0 {
        return Err(refused());
    }
    whole.iter_mut().for_each(|weight| *weight /= divisor);
    Ok(whole)
}

/// Decimals that a month's weight may have, and the largest one in units of them.
const WEIGHT_DECIMALS: u8 = 3;
const MOST_WEIGHT: i64 = 1_000_000_000_000;

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
            pace: match self.pace.by {
                PaceBy::WorkDays => Pace::WorkDays,
                PaceBy::CalendarDays => Pace::CalendarDays,
                PaceBy::Weights => Pace::Weights(monthly_weights("pace.weights", &self.pace.weights)?),
            },
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
    /// Weights of months that make no sense.
    pub fn rules(&self) -> Result<JoinRules, String> {
        let phasing = match self.budget.phasing {
            PhasingBy::Equal => Phasing::Equal,
            PhasingBy::WorkDays => Phasing::WorkDays,
            PhasingBy::CycleStart => Phasing::CycleStart,
            PhasingBy::Weights => Phasing::Weights(monthly_weights("budget.weights", &self.budget.weights)?),
        };
        Ok(JoinRules {
            manager_target: self.targets.manager,
            region_by: self.org.region_by,
            negative_target: self.attainment.negative_target,
            phasing,
            plan_start: self.plan.start.map(|day| day.0),
        })
    }

    /// # Errors
    /// No level at all.
    pub fn levels(&self) -> Result<Vec<Level>, String> {
        if self.org.levels.is_empty() {
            return Err("org.levels: name at least one of company, region, team, person".to_string());
        }
        Ok(self.org.levels.clone())
    }

    /// # Errors
    /// A band of negative width.
    pub fn target_band(&self) -> Result<TargetBand, String> {
        let side = |key: &str, value: f64| {
            let width = Amount::from_setting(value).filter(|_| (0.0..=10.0).contains(&value));
            width.ok_or_else(|| format!("budget.{key} must be a fraction not below 0"))
        };
        Ok(TargetBand {
            overspend: side("overspend", self.budget.overspend)?,
            underspend: side("underspend", self.budget.underspend)?,
        })
    }

    /// # Errors
    /// An amount, metric or weight that makes no sense.
    pub fn allocation(&self, metrics: &Metrics) -> Result<Option<AllocationRule>, String> {
        let Some(settings) = &self.budget.allocation else { return Ok(None) };
        let refused = |key: &str, what: &str| format!("budget.allocation.{key} {what}");
        let amount = Amount::from_setting(settings.amount).filter(|amount| amount.is_positive());
        if settings.level == Level::Company {
            return Err(refused("level", "must be region, team or person"));
        }
        let metric = metrics.position(&settings.metric);
        let weight = |value: f64| Amount::from_setting(value).filter(|weight| !weight.is_negative());
        let weights = settings.weights.iter().map(|(name, value)| Some((name.clone(), weight(*value)?)));
        let weights: Option<BTreeMap<String, Amount>> = weights.collect();
        let weights = weights.ok_or_else(|| refused("weights", "must be numbers not below 0"))?;
        let needs_weights = settings.by == AllocateBy::Weights;
        if needs_weights != weights.values().any(|weight| weight.is_positive()) {
            return Err(refused("weights", "and by = \"weights\" go together"));
        }
        Ok(Some(AllocationRule {
            amount: amount.ok_or_else(|| refused("amount", "must be a number above 0"))?,
            by: settings.by,
            level: settings.level,
            metric: metric.ok_or_else(|| refused("metric", &format!("= `{}` is not a metric", settings.metric)))?,
            weights,
        }))
    }

    /// # Errors
    /// Thresholds in the wrong order.
    pub fn checked_status(&self) -> Result<StatusRules, String> {
        let all = std::iter::once(("status".to_string(), self.status));
        let own = self.metrics.iter().map(|(key, setting)| {
            let at_risk = setting.at_risk.unwrap_or(self.status.at_risk);
            let critical = setting.critical.unwrap_or(self.status.critical);
            (format!("metrics.{key}"), StatusRules { at_risk, critical })
        });
        for (name, StatusRules { at_risk, critical }) in all.chain(own) {
            if !(0.0..=1.0).contains(&at_risk) || !(0.0..=10.0).contains(&critical) || critical < at_risk {
                return Err(format!("{name}: at_risk and critical are fractions, and critical is not smaller"));
            }
        }
        Ok(self.status)
    }

    /// What the figures depend on, as keys of words and values, for the manifest.
    pub fn described(&self, lang: Lang) -> Vec<(String, String)> {
        let percent =
            |value: f64| format!("{} %", Amount::from_setting(value * 100.0).unwrap_or_default().rounded(2).plain());
        let points =
            |value: f64| format!("{} pt", Amount::from_setting(value * 100.0).unwrap_or_default().rounded(2).plain());
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
        let pace = match self.pace.by {
            PaceBy::WorkDays => "work_days",
            PaceBy::CalendarDays => "calendar_days",
            PaceBy::Weights => "weights",
        };
        let negative = match self.attainment.negative_target {
            NegativeTarget::TwoMinus => "two_minus",
            NegativeTarget::Absolute => "absolute",
        };
        let phasing = match self.budget.phasing {
            PhasingBy::Equal => "equal",
            PhasingBy::WorkDays => "work_days",
            PhasingBy::CycleStart => "cycle_start",
            PhasingBy::Weights => "weights",
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
            ("pace", word(format!("pace.{pace}"))),
            ("negative_target", word(format!("negative_target.{negative}"))),
            ("at_risk", points(self.status.at_risk)),
            ("critical", points(self.status.critical)),
            ("material_absolute", Amount::from_setting(self.variance.material_absolute).unwrap_or_default().plain()),
            ("material_relative", percent(self.variance.material_relative)),
            ("combine", word(format!("combine.{combine}"))),
            ("bridge", word(format!("bridge.{}", self.variance.bridge.key()))),
            ("cohort", word(format!("cohort.{}", self.funnel.cohort.key()))),
            ("attribution", word(format!("attribution.{}", self.funnel.attribution.key()))),
            ("stalled_days", stalled),
            ("amount_jump", percent(self.deals.amount_jump)),
            ("min_decided", self.deals.min_decided.to_string()),
            ("phasing", word(format!("phasing.{phasing}"))),
            ("overspend", percent(self.budget.overspend)),
            ("underspend", percent(self.budget.underspend)),
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
