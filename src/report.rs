//! Which figures, in which order, under which heading. Knows no file format.
//!
//! A report is data first: a [`Page`] of lines of items, each with a role and a look,
//! that any renderer can draw. Figures come in computed; nothing is calculated here but order.

mod attainment;
mod bridge;
mod budget;
mod comparison;
mod deal_alerts;
pub mod deviations;
pub mod digest;
mod drivers;
pub mod explain;
pub mod findings;
mod funnel;
mod funnel_shape;
pub mod lookup;
mod manifest;
mod method;
mod milestones;
pub mod packs;
mod person;
mod problems;
pub mod scale;
pub mod subject;
mod summary;
pub mod tidy;
mod trend;
mod variance;
mod waterfall;
mod weekly;

use crate::analysis::allocation::Allocation;
use crate::analysis::attainment::{Attainment, Reason};
use crate::analysis::bridge::Bridge;
use crate::analysis::budget::{BudgetFigures, TargetBand};
use crate::analysis::deal_alerts::DealAlert;
use crate::analysis::deals::{DealFigures, DealRules};
use crate::analysis::deviations::Deviation;
use crate::analysis::drivers::Path;
use crate::analysis::funnel::FunnelStage;
use crate::analysis::milestones::MilestoneFigures;
use crate::analysis::monitoring::MonitoringDates;
use crate::analysis::pacing::{Status, StatusRules};
use crate::analysis::people::PersonFigures;
use crate::analysis::pipeline::PipelineFigures;
use crate::analysis::shortfall::Shortfall;
use crate::analysis::stage_flows::StageFlowFigures;
use crate::analysis::stages::StageFigures;
use crate::analysis::variance::{Impact, Variance};
use crate::analysis::weekly::{PeriodWeek, WeekFigure};
use crate::cell::CellRef;
use crate::facts::{Facts, Level, Unit};
use crate::measure::{Amount, Ratio, Tally};
pub use crate::metric::Scenario;
use crate::metric::{Metric, Unit as MetricUnit};
use crate::period::{Kind as PeriodKind, Period};
use crate::problem::{Problem, metric_word};
use crate::tables::register::Entry;
use crate::text::Lang;

use self::scale::Scale;
use self::subject::{Link, Meaning, Subject};

/// One sheet that a run can write.
#[derive(Debug)]
pub struct ReportSpec {
    /// Key of its name (`report.…`), and its name on the command line.
    pub key: &'static str,
    /// Number before the sheet's name; it orders the workbook and leaves room for others.
    pub number: u8,
    /// Whether its money stands in full units whatever the others have: what people write into, and what lists single
    /// records.
    pub is_full: bool,
    build: fn(&Findings<'_>) -> Option<Page>,
}

/// Every report there is, in the workbook's order.
pub const REPORTS: &[ReportSpec] = &[
    ReportSpec { key: "summary", number: 1, is_full: false, build: summary::build },
    ReportSpec { key: "attainment", number: 2, is_full: false, build: attainment::build },
    ReportSpec { key: "person", number: 3, is_full: false, build: person::build },
    ReportSpec { key: "weekly", number: 4, is_full: false, build: weekly::build },
    ReportSpec { key: "funnel", number: 5, is_full: false, build: funnel::build },
    ReportSpec { key: "deal_alerts", number: 6, is_full: true, build: deal_alerts::build },
    ReportSpec { key: "variance", number: 7, is_full: false, build: variance::build },
    ReportSpec { key: "bridge", number: 8, is_full: false, build: bridge::build },
    ReportSpec { key: "deviations", number: 9, is_full: true, build: deviations::build },
    ReportSpec { key: "budget", number: 10, is_full: false, build: budget::build },
    ReportSpec { key: "milestones", number: 13, is_full: false, build: milestones::build },
    ReportSpec { key: "problems", number: 14, is_full: true, build: problems::build },
    ReportSpec { key: "manifest", number: 15, is_full: true, build: manifest::build },
    // Made from the other pages, once they stand.
    ReportSpec { key: "method", number: 16, is_full: true, build: |_| None },
    ReportSpec { key: "trend", number: 17, is_full: false, build: trend::build },
];

/// Everything that pages are made from.
pub struct Findings<'a> {
    pub facts: &'a Facts,
    pub attainment: Vec<Attainment>,
    /// Everybody in the focus period.
    pub people: Vec<PersonFigures>,
    pub variances: Vec<Variance>,
    pub bridges: Vec<Bridge>,
    pub drivers: Vec<Path>,
    pub weeks: Vec<WeekFigure>,
    /// The company's weeks of the focus period.
    pub period_weeks: Vec<PeriodWeek>,
    pub deviations: Vec<Deviation>,
    /// What an earlier run's register holds.
    pub register: &'a [Entry],
    pub funnel: Vec<FunnelStage>,
    pub stages: Vec<StageFigures>,
    pub stage_flows: Vec<StageFlowFigures>,
    pub pipeline: Vec<PipelineFigures>,
    pub shortfalls: Vec<Shortfall>,
    pub deals: Vec<DealFigures>,
    pub deal_alerts: Vec<DealAlert>,
    pub deal_rules: DealRules,
    pub budget: Vec<BudgetFigures>,
    pub milestones: Vec<MilestoneFigures>,
    pub monitoring: Vec<MonitoringDates>,
    pub problems: &'a [Problem],
    pub inputs: &'a [InputRecord],
    pub status: StatusRules,
    /// The levels of the organisation that pages and tables show.
    pub levels: Vec<Level>,
    /// How far from pace spending may be.
    pub band: TargetBand,
    pub allocation: Option<Allocation>,
    pub lang: Lang,
    /// The organisation's name, if the configuration gives one.
    pub company: Option<String>,
    /// Whether the summary ends with lines to sign.
    pub sign_off: bool,
    /// Settings that figures depend on, as words and values, for the manifest.
    pub settings: Vec<(String, String)>,
    /// The unit of money on the pages.
    pub scale: Scale,
    /// The period that the summary is about.
    pub focus: Option<Period>,
    /// Keys of the reports to write; empty means all.
    pub wanted: Vec<String>,
}

/// One input file as the manifest and run.json show it.
#[derive(Clone, Debug)]
pub struct InputRecord {
    pub name: String,
    pub size: u64,
    /// BLAKE3 in hexadecimal; empty when the file could not be read.
    pub hash: String,
    pub outcome: Outcome,
    pub sheets: Vec<crate::tables::SheetSummary>,
}

/// What became of an input file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    Used,
    Rejected,
    /// Left out on purpose: by the profile, or because its content was read already.
    LeftOut,
    /// Used to translate keys only.
    Lookup,
}

impl Outcome {
    pub fn key(self) -> &'static str {
        match self {
            Outcome::Used => "used",
            Outcome::Rejected => "rejected",
            Outcome::LeftOut => "left_out",
            Outcome::Lookup => "lookup",
        }
    }
}

/// A sheet as data.
#[derive(Clone, Debug)]
pub struct Page {
    /// Key of the report.
    pub key: &'static str,
    pub number: u8,
    /// One sentence that says it.
    pub message: String,
    /// Who, what in which unit, when: one line each.
    pub titles: Vec<String>,
    pub blocks: Vec<Block>,
    /// The worst status on the page: the colour of its tab.
    pub worst: Option<Status>,
    /// Columns that stay when scrolling sideways.
    pub frozen_columns: u16,
}

/// A table of a page.
#[derive(Clone, Debug)]
pub struct Block {
    /// Heading above the table; empty for the only table of a page.
    pub title: String,
    pub columns: Vec<Column>,
    pub lines: Vec<Line>,
    pub chart: Option<Chart>,
    /// Charts beside each other, in place of lines.
    pub panels: Option<Panels>,
    /// Columns that are months.
    pub series: Option<Series>,
    /// What lines are about, by their positions, in order: what can be followed back to its sources, and what others
    /// open. A line may be about several things.
    pub subjects: Vec<(usize, Subject)>,
}

/// Columns of a table that are months, one after the other.
#[derive(Clone, Debug)]
pub struct Series {
    /// The first of the columns.
    pub first: usize,
    pub months: Vec<Period>,
}

impl Series {
    /// The last of the columns.
    pub fn last(&self) -> usize {
        self.first + self.months.len().saturating_sub(1)
    }
}

/// Small charts of lines of another table of the page, on one scale.
#[derive(Clone, Debug)]
pub struct Panels {
    /// Position of the table whose months they draw.
    pub of: usize,
    pub panels: Vec<Panel>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Panel {
    pub title: String,
    /// The table's lines, and what they stand for.
    pub series: Vec<(usize, Scenario)>,
}

/// What a chart draws of its columns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChartKind {
    /// A group of columns per line, one column per scenario.
    Columns,
    /// One line per scenario: what adds up over time.
    Lines,
    /// Columns on top of each other: an invisible floor, the level reached, a rise, a fall.
    Bridge,
    /// Bars below each other, each after an invisible one that moves it to the middle.
    Funnel,
}

/// A chart of a table, drawn beside it.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    pub kind: ChartKind,
    /// Where the axis of values begins, if not at zero.
    pub axis_from: Option<Amount>,
    /// Column with the categories.
    pub categories: usize,
    /// Columns with the values; each draws by its scenario.
    pub values: Vec<usize>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub header: String,
    pub scenario: Option<Scenario>,
    /// Long texts wrap instead of widening the column.
    pub wraps: bool,
    /// Draws bars in the cells, on one scale for the whole column.
    pub bars: bool,
    /// For the reader to fill in: from this list, or with anything where it is empty.
    pub input: Option<Vec<String>>,
    /// What it shows of each line's subject.
    pub meaning: Option<Meaning>,
}

/// A row and what it is.
#[derive(Clone, Debug)]
pub struct Line {
    pub role: LineRole,
    /// Depth in the organisation: 0 is the whole.
    pub depth: u8,
    pub items: Vec<Item>,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LineRole {
    Detail,
    /// A heading between lines.
    Group,
    Subtotal,
    Total,
}

/// One cell.
#[derive(Clone, Debug)]
pub enum Item {
    Blank,
    Text(String),
    Day(chrono::NaiveDate),
    /// A text that opens a place in an input file.
    Source(CellRef),
    /// A text that opens another page, at the line it is about.
    Link {
        text: String,
        to: Link,
    },
    Number(Figure),
    /// The months of a line, drawn in the cell.
    Sparkline(Link),
    Status {
        status: Status,
        word: String,
    },
}

/// A number and how it is to be shown.
#[derive(Clone, Debug)]
pub struct Figure {
    pub value: Amount,
    pub look: Look,
    pub tone: Tone,
    /// Cells that could not be read and are missing from it.
    pub n_unreadable: u32,
    pub formula: Option<Formula>,
}

/// How a number is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Look {
    /// With this many decimals.
    Amount(u8),
    /// A difference: with its sign.
    Delta(u8),
    /// Money that follows the page's unit.
    Money(u8),
    /// A difference of such money.
    MoneyDelta(u8),
    DeltaPercent,
    Percent,
    /// A difference of rates, held in points.
    Points,
}

/// Whether a number is good or bad news that matters.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Tone {
    Bad,
    Good,
    #[default]
    Plain,
}

/// A formula over cells of the same table; its result is the figure's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// The same column's cells in these lines.
    Sum(Vec<usize>),
    /// The columns from one to another of the same line.
    SumAcross(usize, usize),
    /// Column + column of the same line; a blank counts as zero.
    Plus(usize, usize),
    /// Column − column of the same line.
    Minus(usize, usize),
    /// The whole column − column − the columns of the parts, at so many digits: what they leave of a difference.
    Unexplained { now: usize, before: usize, parts: (usize, usize), digits: u8 },
    /// Column − column − column of the same line; a blank counts as zero.
    MinusBoth(usize, usize, usize),
    /// (Column − column) × 100.
    PointsBetween(usize, usize),
    /// Column ÷ column.
    Over(usize, usize),
    /// 2 − column ÷ column: attainment of a negative target.
    TwoMinusOver(usize, usize),
    /// Column ÷ |column|.
    OverAbsolute(usize, usize),
}

impl Look {
    /// How a difference of such figures is written.
    pub fn delta(self) -> Look {
        match self {
            Look::Amount(decimals) => Look::Delta(decimals),
            Look::Money(decimals) => Look::MoneyDelta(decimals),
            Look::Percent => Look::Points,
            delta => delta,
        }
    }
}

impl Formula {
    /// Column − column of figures that are rates, in points, or are not.
    fn difference(is_rate: bool, of: usize, from: usize) -> Formula {
        if is_rate { Formula::PointsBetween(of, from) } else { Formula::Minus(of, from) }
    }
}

impl Block {
    /// The same table, with what its lines are about.
    pub fn about(self, subjects: Vec<(usize, Subject)>) -> Self {
        Block { subjects, ..self }
    }

    pub fn new(title: impl Into<String>, columns: Vec<Column>, lines: Vec<Line>) -> Self {
        Block { title: title.into(), columns, lines, chart: None, panels: None, series: None, subjects: Vec::new() }
    }
}

impl Column {
    pub fn new(header: impl Into<String>) -> Self {
        Column { header: header.into(), scenario: None, wraps: false, bars: false, input: None, meaning: None }
    }

    pub fn of(mut self, scenario: Scenario) -> Self {
        self.scenario = Some(scenario);
        self
    }

    /// Says what the column shows of each line's subject.
    pub fn showing(mut self, meaning: Meaning) -> Self {
        self.meaning = Some(meaning);
        self
    }

    pub fn wrapping(mut self) -> Self {
        self.wraps = true;
        self
    }

    /// Left blank, for the reader to fill in: from a list of choices, or freely where there are none.
    pub fn to_fill(mut self, choices: &[&str]) -> Self {
        self.input = Some(choices.iter().map(|choice| (*choice).to_string()).collect());
        self
    }

    pub fn with_bars(mut self) -> Self {
        self.bars = true;
        self
    }
}

impl Item {
    pub fn text(text: impl Into<String>) -> Item {
        let text = text.into();
        if text.is_empty() { Item::Blank } else { Item::Text(text) }
    }

    /// A text that opens the line of a page that is about something.
    pub fn link(text: impl Into<String>, page: &'static str, subject: Subject) -> Item {
        match text.into() {
            text if text.is_empty() => Item::Blank,
            text => Item::Link { text, to: Link { page, subject: Some(subject) } },
        }
    }

    /// The months of a unit's actual, drawn in the cell.
    fn sparkline(metric: usize, unit: Unit) -> Item {
        let series = Subject::Series { metric, unit, scenario: Scenario::Actual };
        Item::Sparkline(Link { page: "trend", subject: Some(series) })
    }

    /// A difference of figures that look so: of rates in points.
    fn difference(value: Option<Amount>, is_rate: bool, look: Look, tone: Tone) -> Item {
        if is_rate { Item::toned(points(value), Look::Points, tone) } else { Item::toned(value, look.delta(), tone) }
    }

    pub fn number(value: Option<Amount>, look: Look) -> Item {
        Item::toned(value, look, Tone::Plain)
    }

    pub fn toned(value: Option<Amount>, look: Look, tone: Tone) -> Item {
        value.map_or(Item::Blank, |value| Item::Number(Figure { value, look, tone, n_unreadable: 0, formula: None }))
    }

    /// A sum with the mark of what it left out.
    pub fn tally(tally: &Tally, look: Look) -> Item {
        match (tally.value(), tally.n_unreadable) {
            (Some(value), n_unreadable) => {
                Item::Number(Figure { value, look, tone: Tone::Plain, n_unreadable, formula: None })
            }
            // Nothing readable is no number; the note beside it says how many cells were not.
            (None, _) => Item::Blank,
        }
    }

    /// The same item, calculated in the sheet.
    pub fn by(self, formula: Option<Formula>) -> Item {
        match self {
            Item::Number(figure) if formula.is_some() => Item::Number(Figure { formula, ..figure }),
            item => item,
        }
    }
}

/// Builds the wanted pages that have something to say.
pub fn build(findings: &Findings<'_>) -> Vec<Page> {
    // What people wrote into the register is carried on, whatever was asked for.
    let is_kept = |key: &str| key == "deviations" && deviations::has_entries(findings.register);
    let wanted = |spec: &&ReportSpec| {
        findings.wanted.is_empty() || findings.wanted.iter().any(|key| key == spec.key) || is_kept(spec.key)
    };
    let page = |spec: &ReportSpec| {
        let mut page = (spec.build)(findings)?;
        if !spec.is_full {
            findings.scale.apply(&mut page);
        }
        Some(page)
    };
    let mut pages: Vec<Page> = REPORTS.iter().filter(wanted).filter_map(page).collect();
    // A workbook needs a sheet: where the reports asked for have nothing to say, it is the manifest.
    if pages.is_empty() {
        pages.extend(manifest::build(findings));
    }
    if findings.wanted.is_empty() || findings.wanted.iter().any(|key| key == "method") {
        pages.extend(method::build(findings, &pages));
    }
    pages.sort_by_key(|page| page.number);
    summary::take_message(&mut pages, findings);
    summary::add_contents(&mut pages, findings);
    pages
}

/// Sheets of ours that a workbook must have to be one of our reports: people may name a sheet of theirs alike.
const LEAST_OWN_SHEETS: usize = 2;

/// Whether sheets are those of a report that we wrote, in either language.
pub fn is_own<'a>(sheets: impl Iterator<Item = &'a str>) -> bool {
    let is_ours = |sheet: &&str| {
        let of = |spec: &ReportSpec| [Lang::En, Lang::Zh].map(|lang| sheet_name(spec.number, spec.key, lang));
        REPORTS.iter().flat_map(of).any(|name| name == **sheet)
    };
    let mut names: Vec<&str> = sheets.filter(is_ours).collect();
    names.sort_unstable();
    names.dedup();
    names.len() >= LEAST_OWN_SHEETS
}

/// The sheet's name: its number, then its word.
pub fn sheet_name(number: u8, key: &str, lang: Lang) -> String {
    format!("{number:02}_{}", lang.word(&format!("report.{key}")))
}

impl Findings<'_> {
    fn word(&self, key: &str) -> &'static str {
        self.lang.word(key)
    }

    fn metric(&self, position: usize) -> &Metric {
        &self.facts.metrics[position]
    }

    fn metric_name(&self, position: usize) -> String {
        let metric = self.metric(position);
        match metric.names.first() {
            Some(name) if crate::text::wordings(&format!("metric.{}", metric.key)).is_empty() => name.clone(),
            _ => metric_word(&metric.key, self.lang),
        }
    }

    /// How a metric's values are written.
    fn look(&self, position: usize) -> Look {
        let metric = self.metric(position);
        match metric.unit {
            MetricUnit::Percent => Look::Percent,
            MetricUnit::Money => Look::Money(metric.decimals),
            MetricUnit::Count => Look::Amount(metric.decimals),
        }
    }

    /// How a metric's values a day are written: of counts there are few.
    fn look_per_day(&self, position: usize) -> Look {
        match self.look(position) {
            Look::Amount(0) => Look::Amount(2),
            look => look,
        }
    }

    /// A figure in a sentence, without decimals; money in the report's unit.
    fn in_words(&self, amount: Amount, look: Look) -> String {
        match look {
            Look::Money(_) | Look::MoneyDelta(_) => self.scale.words(amount, self.lang),
            _ => amount.grouped(0),
        }
    }

    /// The unit of a figure on a page.
    fn scale_of(&self, page: &str, look: Look) -> Scale {
        let is_full = REPORTS.iter().any(|spec| spec.key == page && spec.is_full);
        if is_full || !matches!(look, Look::Money(_) | Look::MoneyDelta(_)) { Scale::One } else { self.scale }
    }

    /// A name in a sentence: in Chinese a word in Latin script has blanks around it.
    fn spaced(&self, name: &str) -> String {
        let is_latin = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
        let blank = |is: bool| if is && self.lang == Lang::Zh { " " } else { "" };
        format!("{}{name}{}", blank(is_latin(name.chars().next())), blank(is_latin(name.chars().next_back())))
    }

    /// Money in a sentence: to the cent in full units, else in the report's unit.
    fn cents(&self, amount: Amount) -> String {
        if self.scale == Scale::One { amount.grouped(2) } else { self.scale.words(amount, self.lang) }
    }

    /// The same with its sign.
    fn signed(&self, amount: Amount, look: Look) -> String {
        let sign = if amount.is_positive() { "+" } else { "" };
        sign.to_string() + &self.in_words(amount, look)
    }

    fn company_name(&self) -> String {
        if self.facts.units.split().is_some() {
            let name = self.facts.units.name(Unit::Company);
            return name.unwrap_or(self.word("word.unassigned")).to_string();
        }
        self.company.clone().unwrap_or_else(|| self.word("word.company").to_string())
    }

    /// The unit as people call it.
    fn unit_name(&self, unit: Unit) -> String {
        match (unit, self.facts.units.name(unit)) {
            (Unit::Company, _) => self.company_name(),
            (_, Some(name)) => name.to_string(),
            (_, None) => self.word("word.unassigned").to_string(),
        }
    }

    fn level_name(&self, unit: Unit) -> &'static str {
        let level = if matches!(unit, Unit::Seat(_)) { "person" } else { self.facts.units.level(unit) };
        self.word(&format!("level.{level}"))
    }

    /// The period as people call it; fiscal years that differ from the calendar's are marked.
    fn period_name(&self, period: Period) -> String {
        let is_fiscal = self.facts.calendar.is_fiscal();
        match period.kind {
            PeriodKind::Year | PeriodKind::Quarter if is_fiscal => format!("FY{period}"),
            _ => period.to_string(),
        }
    }

    /// The period in a sentence: 2026年第1季度.
    fn period_words(&self, period: Period) -> String {
        let is_fiscal = self.facts.calendar.is_fiscal() && period.kind != PeriodKind::Month;
        let key = match period.kind {
            PeriodKind::Year => "period.year",
            PeriodKind::Quarter => "period.quarter",
            PeriodKind::Month => "period.month",
            PeriodKind::Week => "period.week",
            PeriodKind::Day => return period.to_string(),
        };
        let is_numeric = self.lang == Lang::En && period.kind == PeriodKind::Month;
        let index = if is_numeric { format!("{:02}", period.index) } else { period.index.to_string() };
        let year = period.year.to_string();
        let words = self.lang.say(key, &[("year", &year), ("index", &index)]);
        let words = if is_fiscal { self.lang.say("period.fiscal", &[("period", &words)]) } else { words };
        // Nobody knows by heart on which days the months and years of weeks begin and end.
        if self.facts.calendar.has_weeks() {
            let span = self.facts.calendar.span(period);
            let (first, last) = (span.first.to_string(), span.last.to_string());
            return self.lang.say("period.days", &[("period", &words), ("first", &first), ("last", &last)]);
        }
        words
    }

    /// Where a figure stands, by its metric's thresholds.
    fn status_of(&self, figure: &Attainment) -> Status {
        figure.status(&self.status.of(self.metric(figure.metric)))
    }

    /// Whether the level of a unit is one of those that reports show.
    fn shows(&self, unit: Unit) -> bool {
        unit.is_offering() || self.levels.iter().any(|level| level.has(unit))
    }

    /// The status of a figure; where it has none for want of a target, it says so.
    fn status_of_figure(&self, figure: &Attainment) -> Item {
        match (self.status_of(figure), figure.reason) {
            (status @ Status::NoData, Some(Reason::NoTarget)) => {
                Item::Status { status, word: self.word("status.no_target").to_string() }
            }
            (status, _) => self.status_item(status),
        }
    }

    fn status_item(&self, status: Status) -> Item {
        Item::Status { status, word: self.word(&format!("status.{}", status.key())).to_string() }
    }

    /// The thresholds in words.
    fn legend(&self) -> String {
        let percent = |value: f64| Amount::from_setting(value * 100.0).unwrap_or(Amount::ZERO).rounded(2).plain();
        self.lang.say(
            "legend.status",
            &[("at_risk", &percent(self.status.at_risk)), ("critical", &percent(self.status.critical))],
        )
    }

    /// Whether the report has the page that lines in cells are drawn from.
    fn has_trend(&self) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|key| key == "trend")
    }

    /// What the page is measured in and seen from.
    fn titles(&self, period: Option<Period>, legend: String) -> Vec<String> {
        self.titles_in(self.scale, period, legend)
    }

    /// The same of a page whose money has a unit of its own.
    fn titles_in(&self, scale: Scale, period: Option<Period>, legend: String) -> Vec<String> {
        let as_of = self.facts.scope.as_of.to_string();
        let period =
            period.map_or_else(|| self.word("word.all_periods").to_string(), |period| self.period_words(period));
        vec![
            self.company_name(),
            self.word(&format!("title.unit.{}", scale.key())).to_string(),
            self.lang.say("title.when", &[("period", &period), ("as_of", &as_of)]),
            legend,
        ]
    }

    fn tone(&self, impact: Impact, is_material: bool) -> Tone {
        match (impact, is_material) {
            (Impact::Favourable, true) => Tone::Good,
            (Impact::Adverse, true) => Tone::Bad,
            _ => Tone::Plain,
        }
    }
}

/// A ratio in points: 0.05 → 5.
fn points(ratio: Option<Ratio>) -> Option<Amount> {
    ratio.map(|ratio| ratio * Amount::whole(100))
}
