//! What can be wrong with somebody's data, and where.
//!
//! The leaf that notices says what ([`Kind`]); the caller that knows the place
//! says where ([`Problem::at`]). Problems are returned in input order, never printed here.

use serde::{Deserialize, Serialize};

use crate::cell::CellRef;
use crate::measure::Amount;
use crate::period::cadence::Cadence;
use crate::text::Lang;

/// How bad: information, used with a warning, or rejected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Warning,
    Error,
}

impl Severity {
    /// The key of its word, and its name in machine-readable output.
    pub fn key(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing wrong at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub at: CellRef,
    pub kind: Kind,
    /// Money or counts at stake, where known.
    pub amount: Option<Amount>,
}

/// A value with the problems met while making it, in input order.
#[derive(Debug, Default)]
pub struct Checked<T> {
    pub value: T,
    pub problems: Vec<Problem>,
}

/// What is wrong, with just the values its message needs. `field` is the header as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    // 1xx: files
    EmptyFile,
    OwnReport,
    IncompleteWorkbook { detail: String },
    NotARegularFile,
    SymbolicLink,
    OtherType { actual: String },
    PasswordProtected,
    ReaderFailed { detail: String },
    ReaderTimeout { seconds: u64 },
    ChangedWhileRead,
    UnreadableFile { detail: String },
    Macros,
    ExternalLinks,
    DataConnections,
    OverLimit { setting: &'static str, limit: u64, actual: u64 },
    DuplicatePart { part: String },
    DamagedPackage { detail: String },
    DocumentType,
    XmlEncoding { encoding: String },
    NotAWorkbook { missing: String },
    WrongCount { claimed: u64, n_found: u64 },
    EncodingUnclear,
    TooManyFields { n_fields: usize, expected: usize },
    TooFewFields { n_lines: usize, expected: usize, lines: String },
    NulByte { line: u64 },
    UnterminatedQuote { line: u64 },
    NoDelimiter,
    LegacyFormat { format: String },
    EncodingDetected { encoding: String },
    LeftOutByProfile { profile: String },
    ProfileMatchesNothing { profile: String, files: String },
    CaptureFailed { pattern: String, name: String },
    // 2xx: sheets
    NoTable { found: String },
    SheetCopied { other: String },
    SheetNotRecognised { found: String },
    HiddenSheet,
    EmptySheet,
    DamagedSheet { detail: String, row: u64 },
    ImpossibleAddress { address: String },
    WrongDimension { declared: String, used: String },
    DuplicateCell,
    ConflictingCell,
    // 3xx: headers
    MissingColumn { table: &'static str, columns: Vec<&'static str> },
    ProfileHeaders { profile: String, headers: String },
    JoinedHeader { headers: String },
    DuplicateColumn { field: String, first: String },
    BlankHeader { n_cells: usize },
    HiddenRows { n_rows: usize },
    HiddenColumn { field: String },
    TotalRow { label: String },
    TotalDiffers { label: String, stated: String, sum: String, gap: String },
    UnreadCells { n_cells: usize, area: String },
    UnusedColumn { field: String, suggestion: Option<String> },
    RepeatedHeader { n_rows: usize },
    SheetRepeats { other: String },
    ScenarioUnclear,
    RowsFiltered { n_rows: usize },
    TotalColumnDiffers { label: String, n_rows: usize, stated: String, sum: String },
    YearOfFile { year: i32 },
    OtherScenario { n_rows: usize },
    MoreOfAKind { code: &'static str, n_more: usize },
    HiddenRowsLeftOut { n_rows: usize },
    HiddenRowsRefused { n_rows: usize },
    LabelColumn { field: String, used_as: &'static str },
    PeriodNotSaid,
    ProvedTotal { label: String },
    FigureColumnUnused { field: String },
    SeveralCurrencies { first: String, other: String },
    CumulativeFigures,
    NoteRows { n_rows: usize },
    WeeksOfMonth { month: String },
    HiddenColumnLeftOut { field: String },
    DividedOverMonths { raw: String },
    // 4xx: cells
    TextNumber { field: String, raw: String, used: String },
    NotANumber { field: String, raw: String },
    AmbiguousNumber { field: String, raw: String, readings: [String; 2] },
    ErrorCell { field: String, raw: String },
    NotCalculated { field: String },
    NotFinite { field: String, raw: String },
    PercentScale { field: String, raw: String },
    PercentDecided { field: String, raw: String, used: String },
    DateFromNumber { field: String, raw: String, used: String },
    AmbiguousDate { field: String, raw: String, readings: [String; 2] },
    NotADate { field: String, raw: String },
    MixedDateSystems { other: String },
    IdTooLong { field: String, raw: String },
    IdPadded { field: String, raw: String, used: String },
    MergedFigure { field: String, raw: String },
    CleanedText { field: String, raw: String, used: String },
    FormulaText { field: String, raw: String },
    NotAPeriod { field: String, raw: String },
    PeriodNeedsYear { field: String, raw: String },
    TooManyDigits { field: String, raw: String },
    WrongType { field: String, raw: String },
    UnitNotKnown { field: String, raw: String },
    BlankKey { field: String },
    UnknownMetric { raw: String, suggestion: Option<String> },
    MissingLookup { field: String, raw: String, lookup: String },
    // 5xx: across records
    ConflictingTargets { metric: String, unit: String, period: String, first: String },
    RepeatedTarget { metric: String, unit: String, period: String, first: String },
    UnknownPerson { name: String, n_rows: usize, suggestion: Option<String> },
    UnknownUnit { name: String, suggestion: Option<String> },
    AmbiguousName { name: String, ids: String },
    SeveralAssignments { name: String, units: String },
    OutsideAssignment { name: String, n_rows: usize },
    PartsDiffer(Box<PartsDiffer>),
    SameContent { other: String },
    PeriodTooCoarse { raw: String },
    AfterAsOf { n_rows: usize, as_of: String },
    ToDate { n_rows: usize, as_of: String },
    ShareOfPerson { name: String, share: String },
    ShareOfDocument { document: String, share: String },
    StageLargerThanBefore { stage: String, before: String },
    UnknownHolidayYear { year: i32 },
    NothingInPeriod { period: String },
    ActualWithoutTarget { name: String },
    NameDiffers { id: String, known: String, written: String },
    JoinedByName { id: String, name: String },
    EndsBeforeStart { name: String, first: String, last: String },
    BlankStage { stage: String },
    TwoPeople { id: String, first: String, second: String },
    Magnitude(Box<Magnitude>),
    PeriodNamed { name: String, period: String, first: String, last: String },
    Revision { relation: &'static str, table: &'static str, other: String },
    RepeatedRows { n_rows: usize, other: String, places: String, stake: Stake },
    RepeatedSheet { n_rows: usize, other: String, stake: Stake },
    AssignmentGap { name: String, first: String, last: String },
    UnknownStage { raw: String, n_rows: usize, suggestion: Option<String> },
    UnknownOutcome { raw: String, n_rows: usize },
    OutcomeDiffers { deal: String, stage: &'static str, outcome: &'static str },
    ClosedWithoutDate { deal: String },
    ClosedBeforeCreated { deal: String, created: String, closed: String },
    ClosedAfterAsOf { n_rows: usize, as_of: String },
    ConflictingDeal { deal: String, first: String },
    RegisterConflict { id: String },
    PackLeft,
    NothingToSplitBy { level: &'static str },
    RegisterFormula { cell: String },
    RegisterWithoutNumbers { cell: String },
    RepeatedDeal { deal: String, first: String },
    DealsGone { n_rows: usize },
    ProbabilityOutOfRange { field: String, raw: String },
    UnknownCycle { field: String, raw: String },
    UnknownBasis { field: String, raw: String },
    BasisNotStated { cycle: String },
    CycleNotStated { item: String, year: i32 },
    UnknownSpendKind { field: String, raw: String },
    SpendWithoutBudget { item: String },
    // 580–586: plans and monitoring
    ImpossibleCadence { field: String, raw: String, of_month: Cadence, every_week: Cadence },
    UnknownCadence { field: String, raw: String },
    UnknownDue { field: String, raw: String },
    PlanWithoutStart { raw: String, n_rows: usize },
    UnknownTaskStatus { field: String, raw: String },
    TaskStatusDiffers { status: &'static str, done_on: String },
    BudgetPartsDiffer { item: String, whole: Amount, parts: Amount },
    EarlierEstimate { field: String },
    AdjustedDiffers { item: String, adjusted: Amount, sum: Amount },
    NothingToAllocate { level: &'static str },
    UnknownAllocation { name: String },
    // 6xx: the user's own workbook to fill
    BadMarker { raw: String, why: &'static str },
    UnknownInMarker { raw: String, what: String, name: String, suggestion: Option<String> },
    NoRowForMarker { raw: String },
    SeveralRowsForMarker { raw: String, n_rows: usize, columns: String },
    CellInTheWay { raw: String, cell: String },
    MarkerOnFormula { raw: String },
    NoFigureForMarker { raw: String, reason: Option<String> },
    NoMarkers,
    StatedSpendDiffers { item: String, stated: Amount, spent: Amount },
    // 554–562: targets that are not SMART
    NoOwner { unit: String, metric: String, period: String },
    NotMeasured { metric: String, missing: Vec<String> },
    ZeroTarget { unit: String, metric: String, periods: String },
    UnlikePeers(Box<Compared>),
    GrowthTooHigh(Box<Compared>),
    GrowthTooLow(Box<Compared>),
    RateUnlikely(Box<Compared>),
    TicketUnlikely(Box<Compared>),
    TargetsEnded { metric: String, last: String, as_of: String },
    TableRepeated { n_rows: usize, other: String },
}

/// What was counted twice, as it is shown: the first measure of the rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stake {
    pub metric: String,
    pub amount: String,
}

/// Two figures that should be alike, as they are shown, and how many times one is the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Magnitude {
    /// What the actual is compared with: `target`, `last_year`, or other `sheets`.
    pub base: &'static str,
    pub unit: String,
    pub metric: String,
    pub period: String,
    pub actual: String,
    pub value: String,
    /// `10,000`, or `1/10,000`.
    pub factor: String,
    /// Power of ten of the unit in which one of them probably is: 3 or 4.
    pub likely: Option<u8>,
}

/// A target, and the figure that makes it doubtful.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    pub unit: String,
    pub metric: String,
    pub period: String,
    pub target: String,
    /// What it is compared with.
    pub base: String,
    /// How far apart they are: growth in percent, or a factor.
    pub apart: String,
    /// From where on it is doubtful.
    pub limit: String,
    /// Metric of the base, where it is another one.
    pub other: String,
    /// Where the base comes from: `target`, `actual`, `last_year`, `history`.
    pub source: &'static str,
}

/// A typed whole and the sum of its parts, as they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct PartsDiffer {
    pub unit: String,
    pub metric: String,
    pub period: String,
    pub whole: String,
    pub parts: String,
    pub gap: String,
}

/// Every code, in order: for `attain list` and for tests.
pub const CODES: &[&str] = &[
    "E101", "E102", "E103", "W103", "E104", "E105", "E106", "E107", "E108", "E109", "I110", "W111", "W112", "E120",
    "E121", "E122", "E123", "E124", "E125", "E126", "E127", "I128", "I130", "E140", "E141", "W141", "E142", "E143",
    "E144", "I145", "I150", "I151", "W152", "I153", "E201", "E202", "W203", "I204", "E205", "E206", "I207", "E208",
    "W208", "W211", "E302", "E303", "E304", "W305", "I306", "W307", "I308", "E309", "W309", "W310", "I311", "I312",
    "W313", "E314", "I315", "E316", "I317", "I318", "I319", "I320", "E321", "I322", "E323", "W324", "W325", "E326",
    "E327", "I328", "I329", "I330", "W331", "W401", "E402", "E403", "E404", "E405", "E406", "E407", "W407", "W408",
    "E409", "E410", "W411", "E412", "W413", "E414", "E415", "W415", "E416", "I416", "E417", "E418", "E419", "E421",
    "E422", "E423", "E501", "E502", "W502", "W503", "W504", "E505", "W506", "W507", "E508", "I509", "W510", "E512",
    "I513", "W514", "W515", "E516", "E517", "W518", "W519", "E520", "W530", "W531", "W532", "E533", "W534", "W535",
    "E536", "W540", "E541", "W541", "E542", "W542", "E543", "W543", "E544", "W544", "E545", "W545", "W546", "I547",
    "I548", "W548", "I549", "W549", "W550", "W551", "E552", "W553", "W554", "W555", "I556", "W557", "W558", "W559",
    "W560", "W561", "I562", "W563", "I564", "W565", "W566", "W580", "E581", "E582", "E583", "E584", "W585", "W586",
    "E587", "W587", "E588", "W588", "E601", "E602", "E603", "E604", "E605", "E606", "I607", "W608",
];

/// What became of the data that a problem is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// Nothing of the file was used.
    FileRejected,
    /// Nothing of the sheet was used.
    SheetRejected,
    /// The file, row, column or sheet was left out, and everything else used.
    LeftOut,
    /// The value was not used; what it is part of is marked as incomplete.
    ValueHeld,
    /// The amounts count in every total, and belong to nobody.
    Unassigned,
    /// Everything was counted as it stands.
    Counted,
    /// The value was understood another way than it is written, and used so.
    Repaired,
    /// Said for information.
    Nothing,
}

impl Effect {
    /// The key of its words.
    pub fn key(self) -> &'static str {
        match self {
            Effect::FileRejected => "file_rejected",
            Effect::SheetRejected => "sheet_rejected",
            Effect::LeftOut => "left_out",
            Effect::ValueHeld => "value_held",
            Effect::Unassigned => "unassigned",
            Effect::Counted => "counted",
            Effect::Repaired => "repaired",
            Effect::Nothing => "nothing",
        }
    }
}

/// What becomes of data with a problem of this code.
pub fn effect(code: &str) -> Effect {
    match code {
        "E101" | "E102" | "E103" | "E104" | "E105" | "E106" | "E107" | "E108" | "E109" | "E120" | "E121" | "E122"
        | "E123" | "E124" | "E125" | "E127" | "E140" | "E142" | "E143" | "E144" | "E201" | "E206" => {
            Effect::FileRejected
        }
        "E126" | "E205" | "E302" | "E303" | "E314" | "E321" | "E327" => Effect::SheetRejected,
        "W103" | "E141" | "I150" | "I153" | "W211" | "E304" | "W305" | "I308" | "I311" | "W502" | "I509" | "I513"
        | "E520" | "E202" | "W310" | "I312" | "W313" | "I315" | "I318" | "I320" | "W324" | "W325" | "I328" | "I330"
        | "W541" | "E541" | "W563" | "I549" | "E601" | "E602" | "E603" | "E604" | "E605" | "E606" => Effect::LeftOut,
        "E208" | "E402" | "E403" | "E404" | "E405" | "E406" | "E407" | "E409" | "E410" | "E415" | "E416" | "E417"
        | "E418" | "E419" | "E422" | "E502" | "E512" | "W535" | "E323" | "E412" | "E414" | "E542" | "E543" | "E544"
        | "E545" | "E581" | "E582" | "E583" | "E584" => Effect::ValueHeld,
        "E421" | "W503" | "W504" | "W507" | "E516" | "E533" | "E536" => Effect::Unassigned,
        "I306" | "I317" | "I322" | "I329" | "W407" | "W411" | "W413" | "W415" | "I130" | "W141" | "I145" | "W208"
        | "W401" | "W408" | "W518" | "W519" | "W580" => Effect::Repaired,
        code if code.starts_with('I') => Effect::Nothing,
        _ => Effect::Counted,
    }
}

/// The text of a cell that a kind holds, to read or to change.
macro_rules! raw_text {
    ($kind:expr) => {
        match $kind {
            Kind::TextNumber { raw, .. }
            | Kind::NotANumber { raw, .. }
            | Kind::AmbiguousNumber { raw, .. }
            | Kind::ErrorCell { raw, .. }
            | Kind::NotFinite { raw, .. }
            | Kind::PercentScale { raw, .. }
            | Kind::PercentDecided { raw, .. }
            | Kind::IdTooLong { raw, .. }
            | Kind::IdPadded { raw, .. }
            | Kind::MergedFigure { raw, .. }
            | Kind::CleanedText { raw, .. }
            | Kind::FormulaText { raw, .. }
            | Kind::DateFromNumber { raw, .. }
            | Kind::AmbiguousDate { raw, .. }
            | Kind::NotADate { raw, .. }
            | Kind::NotAPeriod { raw, .. }
            | Kind::PeriodNeedsYear { raw, .. }
            | Kind::TooManyDigits { raw, .. }
            | Kind::WrongType { raw, .. }
            | Kind::UnknownMetric { raw, .. }
            | Kind::MissingLookup { raw, .. }
            | Kind::UnitNotKnown { raw, .. }
            | Kind::UnknownStage { raw, .. }
            | Kind::UnknownOutcome { raw, .. }
            | Kind::ProbabilityOutOfRange { raw, .. }
            | Kind::UnknownCycle { raw, .. }
            | Kind::UnknownBasis { raw, .. }
            | Kind::UnknownSpendKind { raw, .. }
            | Kind::ImpossibleCadence { raw, .. }
            | Kind::UnknownCadence { raw, .. }
            | Kind::UnknownDue { raw, .. }
            | Kind::PlanWithoutStart { raw, .. }
            | Kind::UnknownTaskStatus { raw, .. }
            | Kind::BadMarker { raw, .. }
            | Kind::UnknownInMarker { raw, .. }
            | Kind::NoRowForMarker { raw }
            | Kind::SeveralRowsForMarker { raw, .. }
            | Kind::CellInTheWay { raw, .. }
            | Kind::MarkerOnFormula { raw }
            | Kind::NoFigureForMarker { raw, .. }
            | Kind::PeriodTooCoarse { raw }
            | Kind::DividedOverMonths { raw } => Some(raw),
            Kind::TotalRow { label }
            | Kind::ProvedTotal { label }
            | Kind::TotalDiffers { label, .. }
            | Kind::TotalColumnDiffers { label, .. } => Some(label),
            _ => None,
        }
    };
}

/// Characters of a cell's text that a message shows.
const LONGEST_RAW: usize = 200;

impl Problem {
    pub fn new(at: CellRef, mut kind: Kind) -> Self {
        // A message needs no novel, and a sheet may have as many of them as cells.
        if let Some(raw) = raw_text!(&mut kind)
            && raw.chars().nth(LONGEST_RAW).is_some()
        {
            *raw = raw.chars().take(LONGEST_RAW).chain(['…']).collect();
        }
        Problem { at, kind, amount: None }
    }

    pub fn worth(mut self, amount: Option<Amount>) -> Self {
        self.amount = amount;
        self
    }

    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }

    /// One line that greps and sorts: `targets.xlsx!FY26!D17: error E402: …`.
    pub fn line(&self, lang: Lang) -> String {
        let severity = lang.word(&format!("severity.{}", self.severity().key()));
        format!("{}: {severity} {}: {}", self.at, self.kind.code(), self.kind.message(lang))
    }
}

impl Kind {
    /// The stable code: severity, layer, number.
    pub fn code(&self) -> &'static str {
        match self {
            Kind::EmptyFile => "E101",
            Kind::IncompleteWorkbook { .. } => "E102",
            Kind::NotARegularFile => "W103",
            Kind::SymbolicLink => "E104",
            Kind::OtherType { .. } => "E106",
            Kind::PasswordProtected => "E107",
            Kind::ReaderFailed { .. } => "E108",
            Kind::ReaderTimeout { .. } => "E109",
            Kind::ChangedWhileRead => "E103",
            Kind::UnreadableFile { .. } => "E105",
            Kind::Macros => "I110",
            Kind::ExternalLinks => "W111",
            Kind::DataConnections => "W112",
            Kind::OverLimit { setting: "inflate_ratio", .. } => "E121",
            Kind::OverLimit { setting: "cells_per_sheet", .. } => "E206",
            Kind::OverLimit { .. } => "E120",
            Kind::DuplicatePart { .. } => "E122",
            Kind::DamagedPackage { .. } => "E123",
            Kind::DocumentType => "E124",
            Kind::XmlEncoding { .. } => "E125",
            Kind::DamagedSheet { .. } => "E126",
            Kind::NotAWorkbook { .. } => "E127",
            Kind::WrongCount { .. } => "I128",
            Kind::LegacyFormat { .. } => "I130",
            Kind::EncodingUnclear => "E140",
            Kind::TooManyFields { .. } => "E141",
            Kind::TooFewFields { .. } => "W141",
            Kind::NulByte { .. } => "E142",
            Kind::UnterminatedQuote { .. } => "E143",
            Kind::NoDelimiter => "E144",
            Kind::EncodingDetected { .. } => "I145",
            Kind::LeftOutByProfile { .. } => "I150",
            Kind::ProfileMatchesNothing { .. } => "I151",
            Kind::CaptureFailed { .. } => "W152",
            Kind::SheetCopied { .. } => "E202",
            Kind::JoinedHeader { .. } => "I306",
            Kind::TotalDiffers { .. } => "E309",
            Kind::UnreadCells { .. } => "W310",
            Kind::RepeatedHeader { .. } => "I312",
            Kind::SheetRepeats { .. } => "W313",
            Kind::ScenarioUnclear => "E314",
            Kind::RowsFiltered { .. } => "I315",
            Kind::TotalColumnDiffers { .. } => "E316",
            Kind::YearOfFile { .. } => "I317",
            Kind::OtherScenario { .. } => "I318",
            Kind::MoreOfAKind { .. } => "I319",
            Kind::HiddenRowsLeftOut { .. } => "I320",
            Kind::HiddenRowsRefused { .. } => "E321",
            Kind::LabelColumn { .. } => "I322",
            Kind::PeriodNotSaid => "E323",
            Kind::ProvedTotal { .. } => "W324",
            Kind::FigureColumnUnused { .. } => "W325",
            Kind::SeveralCurrencies { .. } => "E326",
            Kind::CumulativeFigures => "E327",
            Kind::NoteRows { .. } => "I328",
            Kind::WeeksOfMonth { .. } => "I329",
            Kind::HiddenColumnLeftOut { .. } => "I330",
            Kind::DividedOverMonths { .. } => "W331",
            Kind::PercentDecided { .. } => "W407",
            Kind::MixedDateSystems { .. } => "W411",
            Kind::IdTooLong { .. } => "E412",
            Kind::IdPadded { .. } => "W413",
            Kind::MergedFigure { .. } => "E414",
            Kind::CleanedText { .. } => "W415",
            Kind::FormulaText { .. } => "I416",
            Kind::NoTable { .. } => "E201",
            Kind::HiddenSheet => "W203",
            Kind::EmptySheet => "I204",
            Kind::ImpossibleAddress { .. } => "E205",
            Kind::WrongDimension { .. } => "I207",
            Kind::DuplicateCell => "W208",
            Kind::ConflictingCell => "E208",
            Kind::SheetNotRecognised { .. } => "W211",
            Kind::MissingColumn { .. } => "E302",
            Kind::ProfileHeaders { .. } => "E303",
            Kind::DuplicateColumn { .. } => "E304",
            Kind::BlankHeader { .. } => "W305",
            Kind::HiddenRows { .. } => "W307",
            Kind::HiddenColumn { .. } => "W309",
            Kind::TotalRow { .. } => "I308",
            Kind::UnusedColumn { .. } => "I311",
            Kind::TextNumber { .. } => "W401",
            Kind::NotANumber { .. } => "E402",
            Kind::AmbiguousNumber { .. } => "E403",
            Kind::ErrorCell { .. } => "E404",
            Kind::NotCalculated { .. } => "E405",
            Kind::NotFinite { .. } => "E406",
            Kind::PercentScale { .. } => "E407",
            Kind::DateFromNumber { .. } => "W408",
            Kind::AmbiguousDate { .. } => "E409",
            Kind::NotADate { .. } => "E410",
            Kind::NotAPeriod { .. } => "E415",
            Kind::PeriodNeedsYear { .. } => "E416",
            Kind::TooManyDigits { .. } => "E417",
            Kind::WrongType { .. } => "E418",
            Kind::UnitNotKnown { .. } => "E419",
            Kind::BlankKey { .. } => "E421",
            Kind::UnknownMetric { .. } => "E422",
            Kind::MissingLookup { .. } => "E423",
            Kind::ConflictingTargets { .. } => "E502",
            Kind::RepeatedTarget { .. } => "W502",
            Kind::UnknownPerson { .. } => "W503",
            Kind::UnknownUnit { .. } => "W514",
            Kind::AmbiguousName { .. } => "E516",
            Kind::SeveralAssignments { .. } => "W504",
            Kind::OutsideAssignment { .. } => "W507",
            Kind::PartsDiffer(_) => "E505",
            Kind::ActualWithoutTarget { .. } => "W506",
            Kind::SameContent { .. } => "I509",
            Kind::PeriodTooCoarse { .. } => "E512",
            Kind::AfterAsOf { .. } => "I513",
            Kind::ToDate { .. } => "I564",
            Kind::NothingInPeriod { .. } => "W515",
            Kind::TwoPeople { .. } => "E517",
            Kind::NameDiffers { .. } => "W518",
            Kind::JoinedByName { .. } => "W519",
            Kind::EndsBeforeStart { .. } => "E520",
            Kind::ShareOfPerson { .. } => "E533",
            Kind::StageLargerThanBefore { .. } => "W534",
            Kind::BlankStage { .. } => "W535",
            Kind::ShareOfDocument { .. } => "E536",
            Kind::UnknownHolidayYear { .. } => "W540",
            Kind::UnknownStage { .. } => "W530",
            Kind::ClosedWithoutDate { .. } => "W531",
            Kind::ClosedBeforeCreated { .. } => "W532",
            Kind::ConflictingDeal { .. } => "E541",
            Kind::RegisterConflict { .. } => "W586",
            Kind::PackLeft => "W587",
            Kind::NothingToSplitBy { .. } => "W588",
            Kind::RegisterFormula { .. } => "E587",
            Kind::RegisterWithoutNumbers { .. } => "E588",
            Kind::OwnReport => "I153",
            Kind::RepeatedDeal { .. } => "W541",
            Kind::UnknownCycle { .. } => "E542",
            Kind::UnknownOutcome { .. } => "W542",
            Kind::UnknownBasis { .. } => "E543",
            Kind::BasisNotStated { .. } => "W543",
            Kind::UnknownSpendKind { .. } => "E544",
            Kind::CycleNotStated { .. } => "W544",
            Kind::ProbabilityOutOfRange { .. } => "E545",
            Kind::SpendWithoutBudget { .. } => "W545",
            Kind::ImpossibleCadence { .. } => "W580",
            Kind::UnknownCadence { .. } => "E581",
            Kind::UnknownDue { .. } => "E582",
            Kind::PlanWithoutStart { .. } => "E583",
            Kind::UnknownTaskStatus { .. } => "E584",
            Kind::TaskStatusDiffers { .. } => "W585",
            Kind::StatedSpendDiffers { .. } => "W548",
            Kind::EarlierEstimate { .. } => "I549",
            Kind::AdjustedDiffers { .. } => "W549",
            Kind::BudgetPartsDiffer { .. } => "W550",
            Kind::OutcomeDiffers { .. } => "W546",
            Kind::ClosedAfterAsOf { .. } => "I547",
            Kind::DealsGone { .. } => "I548",
            Kind::Magnitude(_) => "E501",
            Kind::PeriodNamed { .. } => "E508",
            Kind::Revision { .. } => "W510",
            Kind::RepeatedRows { .. } => "W551",
            Kind::RepeatedSheet { .. } => "E552",
            Kind::AssignmentGap { .. } => "W553",
            Kind::NoOwner { .. } => "W554",
            Kind::NotMeasured { .. } => "W555",
            Kind::ZeroTarget { .. } => "I556",
            Kind::UnlikePeers(_) => "W557",
            Kind::GrowthTooHigh(_) => "W558",
            Kind::GrowthTooLow(_) => "W559",
            Kind::RateUnlikely(_) => "W560",
            Kind::TicketUnlikely(_) => "W561",
            Kind::TargetsEnded { .. } => "I562",
            Kind::TableRepeated { .. } => "W563",
            Kind::NothingToAllocate { .. } => "W565",
            Kind::UnknownAllocation { .. } => "W566",
            Kind::BadMarker { .. } => "E601",
            Kind::UnknownInMarker { .. } => "E602",
            Kind::NoRowForMarker { .. } => "E603",
            Kind::SeveralRowsForMarker { .. } => "E604",
            Kind::CellInTheWay { .. } => "E605",
            Kind::MarkerOnFormula { .. } => "E606",
            Kind::NoFigureForMarker { .. } => "I607",
            Kind::NoMarkers => "W608",
        }
    }

    pub fn severity(&self) -> Severity {
        match self.code().as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Info,
        }
    }

    /// Which of the five SMART criteria a target fails; nothing for other problems.
    pub fn criterion(&self) -> Option<&'static str> {
        match self {
            Kind::NoOwner { .. } => Some("specific"),
            Kind::NotMeasured { .. } | Kind::ZeroTarget { .. } | Kind::UnlikePeers(_) => Some("measurable"),
            Kind::GrowthTooHigh(_) | Kind::GrowthTooLow(_) => Some("achievable"),
            Kind::RateUnlikely(_) | Kind::TicketUnlikely(_) => Some("relevant"),
            Kind::TargetsEnded { .. } => Some("time_bound"),
            _ => None,
        }
    }

    /// Whose target it is and on which metric, for problems with a criterion; the company has no name.
    pub fn target(&self) -> (&str, &str) {
        match self {
            Kind::NotMeasured { metric, .. } | Kind::TargetsEnded { metric, .. } => ("", metric),
            Kind::NoOwner { unit, metric, .. } | Kind::ZeroTarget { unit, metric, .. } => (unit, metric),
            Kind::UnlikePeers(compared)
            | Kind::GrowthTooHigh(compared)
            | Kind::GrowthTooLow(compared)
            | Kind::RateUnlikely(compared)
            | Kind::TicketUnlikely(compared) => (&compared.unit, &compared.metric),
            _ => ("", ""),
        }
    }

    /// Whether the whole file is rejected: nothing of it was used.
    pub fn rejects_file(&self) -> bool {
        matches!(
            self,
            Kind::EmptyFile
                | Kind::IncompleteWorkbook { .. }
                | Kind::SymbolicLink
                | Kind::OtherType { .. }
                | Kind::PasswordProtected
                | Kind::ReaderFailed { .. }
                | Kind::ReaderTimeout { .. }
                | Kind::ChangedWhileRead
                | Kind::OverLimit { .. }
                | Kind::DuplicatePart { .. }
                | Kind::DamagedPackage { .. }
                | Kind::DocumentType
                | Kind::XmlEncoding { .. }
                | Kind::NotAWorkbook { .. }
                | Kind::UnreadableFile { .. }
                | Kind::EncodingUnclear
                | Kind::NulByte { .. }
                | Kind::UnterminatedQuote { .. }
                | Kind::NoDelimiter
                | Kind::NoTable { .. }
        )
    }

    /// Whether one sheet of a workbook is rejected: its other sheets are read.
    pub fn rejects_sheet(&self) -> bool {
        matches!(self, Kind::DamagedSheet { .. } | Kind::ImpossibleAddress { .. })
    }

    /// Whether it says why a sheet has no table: then nothing else has to.
    pub fn says_why_no_table(&self) -> bool {
        matches!(
            self,
            Kind::MissingColumn { .. }
                | Kind::ProfileHeaders { .. }
                | Kind::ScenarioUnclear
                | Kind::CumulativeFigures
                | Kind::LeftOutByProfile { .. }
        )
    }

    /// What is wrong, in words.
    pub fn message(&self, lang: Lang) -> String {
        self.sentence(lang, "message")
    }

    /// What to do about it, in words.
    pub fn hint(&self, lang: Lang) -> String {
        self.sentence(lang, "hint")
    }

    /// The header of the column concerned, as the file has it.
    pub fn field(&self) -> &str {
        match self {
            Kind::DuplicateColumn { field, .. }
            | Kind::LabelColumn { field, .. }
            | Kind::FigureColumnUnused { field }
            | Kind::HiddenColumnLeftOut { field }
            | Kind::UnusedColumn { field, .. }
            | Kind::EarlierEstimate { field }
            | Kind::HiddenColumn { field }
            | Kind::TextNumber { field, .. }
            | Kind::NotANumber { field, .. }
            | Kind::AmbiguousNumber { field, .. }
            | Kind::ErrorCell { field, .. }
            | Kind::NotCalculated { field }
            | Kind::NotFinite { field, .. }
            | Kind::PercentScale { field, .. }
            | Kind::PercentDecided { field, .. }
            | Kind::IdTooLong { field, .. }
            | Kind::IdPadded { field, .. }
            | Kind::MergedFigure { field, .. }
            | Kind::CleanedText { field, .. }
            | Kind::FormulaText { field, .. }
            | Kind::DateFromNumber { field, .. }
            | Kind::AmbiguousDate { field, .. }
            | Kind::NotADate { field, .. }
            | Kind::NotAPeriod { field, .. }
            | Kind::PeriodNeedsYear { field, .. }
            | Kind::TooManyDigits { field, .. }
            | Kind::WrongType { field, .. }
            | Kind::MissingLookup { field, .. }
            | Kind::UnitNotKnown { field, .. }
            | Kind::ProbabilityOutOfRange { field, .. }
            | Kind::UnknownCycle { field, .. }
            | Kind::UnknownBasis { field, .. }
            | Kind::UnknownSpendKind { field, .. }
            | Kind::ImpossibleCadence { field, .. }
            | Kind::UnknownCadence { field, .. }
            | Kind::UnknownDue { field, .. }
            | Kind::UnknownTaskStatus { field, .. }
            | Kind::BlankKey { field } => field,
            _ => "",
        }
    }

    /// The value as the file has it.
    pub fn raw(&self) -> &str {
        if let Some(raw) = raw_text!(self) {
            return raw;
        }
        match self {
            Kind::UnknownPerson { name, .. }
            | Kind::UnknownUnit { name, .. }
            | Kind::AmbiguousName { name, .. }
            | Kind::SeveralAssignments { name, .. }
            | Kind::OutsideAssignment { name, .. }
            | Kind::ShareOfPerson { name, .. } => name,
            _ => "",
        }
    }

    /// The value that was used in its place.
    pub fn used(&self) -> &str {
        match self {
            Kind::TextNumber { used, .. }
            | Kind::DateFromNumber { used, .. }
            | Kind::PercentDecided { used, .. }
            | Kind::IdPadded { used, .. }
            | Kind::CleanedText { used, .. } => used,
            _ => "",
        }
    }

    fn sentence(&self, lang: Lang, part: &str) -> String {
        let arguments = self.arguments(lang);
        let arguments: Vec<(&str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
        lang.say(&format!("problem.{}.{part}", self.code()), &arguments)
    }

    fn arguments(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let table = |key: &str| lang.word(&format!("table.{key}")).to_string();
        let suggest = |suggestion: &Option<String>| match suggestion {
            Some(name) => lang.say("did_you_mean", &[("name", name)]),
            None => String::new(),
        };
        let mut arguments = vec![("field", self.field().to_string()), ("raw", self.raw().to_string())];
        arguments.push(("used", self.used().to_string()));
        arguments.extend(match self {
            Kind::IncompleteWorkbook { detail }
            | Kind::ReaderFailed { detail }
            | Kind::UnreadableFile { detail }
            | Kind::DamagedPackage { detail } => vec![("detail", detail.clone())],
            Kind::DamagedSheet { detail, row } => vec![("detail", detail.clone()), ("row", row.to_string())],
            Kind::ReaderTimeout { seconds } => vec![("seconds", seconds.to_string())],
            Kind::DuplicatePart { part } => vec![("part", part.clone())],
            Kind::XmlEncoding { encoding } => vec![("encoding", encoding.clone())],
            Kind::NotAWorkbook { missing } => vec![("missing", missing.clone())],
            Kind::WrongCount { claimed, n_found } => {
                vec![("claimed", claimed.to_string()), ("n_found", n_found.to_string())]
            }
            Kind::TooManyFields { n_fields, expected } => {
                vec![("n_fields", n_fields.to_string()), ("expected", expected.to_string())]
            }
            Kind::TooFewFields { n_lines, expected, lines } => {
                vec![("n_lines", n_lines.to_string()), ("expected", expected.to_string()), ("lines", lines.clone())]
            }
            Kind::NulByte { line } | Kind::UnterminatedQuote { line } => vec![("line", line.to_string())],
            Kind::ImpossibleAddress { address } => vec![("address", address.clone())],
            Kind::WrongDimension { declared, used } => {
                vec![("declared", declared.clone()), ("used_range", used.clone())]
            }
            Kind::HiddenRows { n_rows }
            | Kind::HiddenRowsLeftOut { n_rows }
            | Kind::HiddenRowsRefused { n_rows }
            | Kind::RowsFiltered { n_rows }
            | Kind::OtherScenario { n_rows }
            | Kind::NoteRows { n_rows }
            | Kind::RepeatedHeader { n_rows } => vec![("n_rows", n_rows.to_string())],
            Kind::LabelColumn { used_as, .. } => {
                vec![("used_as", lang.word(&format!("column.{used_as}")).to_string())]
            }
            Kind::TableRepeated { n_rows, other } => vec![("n_rows", n_rows.to_string()), ("other", other.clone())],
            Kind::SeveralCurrencies { first, other } => vec![("first", first.clone()), ("other", other.clone())],
            Kind::WeeksOfMonth { month } => vec![("month", month.clone())],
            Kind::JoinedHeader { headers } => vec![("headers", headers.clone())],
            Kind::TotalDiffers { stated, sum, gap, .. } => {
                vec![("stated", stated.clone()), ("sum", sum.clone()), ("gap", gap.clone())]
            }
            Kind::TotalColumnDiffers { n_rows, stated, sum, .. } => {
                vec![("n_rows", n_rows.to_string()), ("stated", stated.clone()), ("sum", sum.clone())]
            }
            Kind::UnreadCells { n_cells, area } => vec![("n_cells", n_cells.to_string()), ("area", area.clone())],
            Kind::SheetRepeats { other } | Kind::SheetCopied { other } | Kind::MixedDateSystems { other } => {
                vec![("other", other.clone())]
            }
            Kind::YearOfFile { year } => vec![("year", year.to_string())],
            Kind::MoreOfAKind { code, n_more } => {
                vec![("code", (*code).to_string()), ("n_more", n_more.to_string())]
            }
            Kind::OtherType { actual } => vec![("actual", lang.word(&format!("filetype.{actual}")).to_string())],
            Kind::OverLimit { setting, limit, actual } => vec![
                ("what", lang.word(&format!("limit.{setting}")).to_string()),
                ("limit", limit.to_string()),
                ("actual", actual.to_string()),
                ("setting", format!("[limits] {setting} = {actual}")),
            ],
            Kind::LegacyFormat { format } => vec![("format", format.clone())],
            Kind::EncodingDetected { encoding } => vec![("encoding", encoding.clone())],
            Kind::LeftOutByProfile { profile } => vec![("profile", profile.clone())],
            Kind::NoTable { found } | Kind::SheetNotRecognised { found } => vec![("found", found.clone())],
            Kind::MissingColumn { table: name, columns } => {
                let accepted = |column: &str| {
                    let key = format!("column.{column}");
                    // Measures and stages have no names of their own to list.
                    if matches!(column, "measure" | "stage") {
                        return lang.word(&key).to_string();
                    }
                    let mut words = crate::text::wordings(&key);
                    words.dedup();
                    words.truncate(12);
                    format!("{} ({})", lang.word(&key), words.join(", "))
                };
                let columns: Vec<String> = columns.iter().map(|column| accepted(column)).collect();
                vec![("table", table(name)), ("columns", columns.join("; "))]
            }
            Kind::ProfileMatchesNothing { profile, files } => {
                vec![("profile", profile.clone()), ("files", files.clone())]
            }
            Kind::ProfileHeaders { profile, headers } => {
                vec![("profile", profile.clone()), ("headers", headers.clone())]
            }
            Kind::CaptureFailed { pattern, name } => vec![("pattern", pattern.clone()), ("name", name.clone())],
            Kind::DuplicateColumn { first, .. } => vec![("first", first.clone())],
            Kind::BlankHeader { n_cells } => vec![("n_cells", n_cells.to_string())],
            Kind::UnusedColumn { suggestion, .. } | Kind::UnknownMetric { suggestion, .. } => {
                vec![("suggestion", suggest(suggestion))]
            }
            Kind::AmbiguousNumber { readings, .. } | Kind::AmbiguousDate { readings, .. } => {
                vec![("first", readings[0].clone()), ("second", readings[1].clone())]
            }
            Kind::MissingLookup { lookup, .. } => vec![("lookup", lookup.clone())],
            Kind::ConflictingTargets { metric, unit, period, first }
            | Kind::RepeatedTarget { metric, unit, period, first } => vec![
                ("metric", metric_word(metric, lang)),
                ("unit", unit_word(unit, lang)),
                ("period", period.clone()),
                ("first", first.clone()),
            ],
            Kind::UnknownPerson { name, n_rows, suggestion } => {
                vec![("name", name.clone()), ("n_rows", n_rows.to_string()), ("suggestion", suggest(suggestion))]
            }
            Kind::UnknownUnit { name, suggestion } => {
                vec![("name", name.clone()), ("suggestion", suggest(suggestion))]
            }
            Kind::AmbiguousName { name, ids } => vec![("name", name.clone()), ("ids", ids.clone())],
            Kind::SeveralAssignments { name, units } => vec![("name", name.clone()), ("units", units.clone())],
            Kind::OutsideAssignment { name, n_rows } => {
                vec![("name", name.clone()), ("n_rows", n_rows.to_string())]
            }
            Kind::PartsDiffer(differ) => vec![
                ("unit", company_or(&differ.unit, lang)),
                ("metric", metric_word(&differ.metric, lang)),
                ("period", differ.period.clone()),
                ("whole", differ.whole.clone()),
                ("parts", differ.parts.clone()),
                ("gap", differ.gap.clone()),
            ],
            Kind::SameContent { other } => vec![("other", other.clone())],
            Kind::AfterAsOf { n_rows, as_of }
            | Kind::ClosedAfterAsOf { n_rows, as_of }
            | Kind::ToDate { n_rows, as_of } => {
                vec![("n_rows", n_rows.to_string()), ("as_of", as_of.clone())]
            }
            Kind::ShareOfPerson { name, share } => vec![("name", name.clone()), ("share", share.clone())],
            Kind::ShareOfDocument { document, share } => {
                vec![("document", document.clone()), ("share", share.clone())]
            }
            Kind::StageLargerThanBefore { stage, before } => {
                vec![("stage", stage_word(stage, lang)), ("before", stage_word(before, lang))]
            }
            Kind::UnknownHolidayYear { year } => vec![("year", year.to_string())],
            Kind::NothingInPeriod { period } => vec![("period", period.clone())],
            Kind::ActualWithoutTarget { name } => vec![("name", name.clone())],
            Kind::JoinedByName { id, name } => vec![("id", id.clone()), ("name", name.clone())],
            Kind::EndsBeforeStart { name, first, last } => {
                vec![("name", name.clone()), ("first", first.clone()), ("last", last.clone())]
            }
            Kind::NameDiffers { id, known, written } => {
                vec![("id", id.clone()), ("known", known.clone()), ("written", written.clone())]
            }
            Kind::BlankStage { stage } => vec![("stage", stage_word(stage, lang))],
            Kind::TwoPeople { id, first, second } => {
                vec![("id", id.clone()), ("first", first.clone()), ("second", second.clone())]
            }
            Kind::UnknownStage { n_rows, suggestion, .. } => {
                let word = suggestion.as_ref().map(|stage| stage_word(stage, lang));
                vec![("n_rows", n_rows.to_string()), ("suggestion", suggest(&word))]
            }
            Kind::UnknownOutcome { n_rows, .. } => vec![("n_rows", n_rows.to_string())],
            Kind::OutcomeDiffers { deal, stage, outcome } => {
                let word = |key: &str| lang.word(&format!("deal.{key}")).to_string();
                vec![("deal", deal.clone()), ("stage", word(stage)), ("outcome", word(outcome))]
            }
            Kind::ClosedWithoutDate { deal } => vec![("deal", deal.clone())],
            Kind::ClosedBeforeCreated { deal, created, closed } => {
                vec![("deal", deal.clone()), ("created", created.clone()), ("closed", closed.clone())]
            }
            Kind::DealsGone { n_rows } => vec![("n_rows", n_rows.to_string())],
            Kind::ConflictingDeal { deal, first } | Kind::RepeatedDeal { deal, first } => {
                vec![("deal", deal.clone()), ("first", first.clone())]
            }
            Kind::RegisterConflict { id } => vec![("id", id.clone())],
            Kind::NothingToSplitBy { level } => vec![("level", (*level).to_string())],
            Kind::RegisterFormula { cell } | Kind::RegisterWithoutNumbers { cell } => vec![("cell", cell.clone())],
            Kind::BasisNotStated { cycle } => vec![("cycle", cycle.clone())],
            Kind::CycleNotStated { item, year } => vec![("item", item.clone()), ("year", year.to_string())],
            Kind::ImpossibleCadence { of_month, every_week, .. } => {
                vec![("of_month", of_month.words(lang)), ("every_week", every_week.words(lang))]
            }
            Kind::PlanWithoutStart { n_rows, .. } => vec![("n_rows", n_rows.to_string())],
            Kind::TaskStatusDiffers { status, done_on } => {
                vec![("status", lang.word(&format!("task.{status}")).to_string()), ("done_on", done_on.clone())]
            }
            Kind::SpendWithoutBudget { item } => vec![("item", item.clone())],
            Kind::BudgetPartsDiffer { item, whole, parts } => vec![
                ("item", item.clone()),
                ("whole", whole.grouped(2)),
                ("parts", parts.grouped(2)),
                ("difference", (*whole - *parts).grouped(2)),
            ],
            Kind::NothingToAllocate { level } => vec![("level", lang.word(&format!("level.{level}")).to_string())],
            Kind::UnknownAllocation { name } => vec![("name", name.clone())],
            Kind::BadMarker { why, .. } => vec![("why", lang.word(&format!("marker.{why}")).to_string())],
            Kind::UnknownInMarker { what, name, suggestion, .. } => {
                vec![("what", what.clone()), ("name", name.clone()), ("suggestion", suggest(suggestion))]
            }
            Kind::SeveralRowsForMarker { n_rows, columns, .. } => {
                vec![("n_rows", n_rows.to_string()), ("columns", columns.clone())]
            }
            Kind::CellInTheWay { cell, .. } => vec![("cell", cell.clone())],
            Kind::NoFigureForMarker { reason, .. } => {
                // Some reasons need numbers that a cell does not have.
                let words = |reason: &String| {
                    let key = format!("reason.{reason}");
                    let word = crate::text::wordings(&key).first().map_or("", |_| lang.word(&key));
                    if word.is_empty() || word.contains('{') { String::new() } else { format!(" ({word})") }
                };
                vec![("reason", reason.as_ref().map(words).unwrap_or_default())]
            }
            Kind::AdjustedDiffers { item, adjusted, sum } => {
                vec![("item", item.clone()), ("adjusted", adjusted.grouped(2)), ("sum", sum.grouped(2))]
            }
            Kind::StatedSpendDiffers { item, stated, spent } => {
                vec![("item", item.clone()), ("stated", stated.grouped(2)), ("spent", spent.grouped(2))]
            }
            Kind::Magnitude(magnitude) => magnitude.arguments(lang),
            Kind::PeriodNamed { name, period, first, last } => vec![
                ("name", name.clone()),
                ("period", period.clone()),
                ("first", first.clone()),
                ("last", last.clone()),
            ],
            Kind::Revision { relation, table: name, other } => vec![
                ("relation", lang.say(&format!("revision.{relation}"), &[("other", other)])),
                ("table", table(name)),
            ],
            Kind::RepeatedRows { n_rows, other, places, stake } => vec![
                ("n_rows", n_rows.to_string()),
                ("other", other.clone()),
                ("places", places.clone()),
                ("stake", stake.words(lang)),
            ],
            Kind::RepeatedSheet { n_rows, other, stake } => {
                vec![("n_rows", n_rows.to_string()), ("other", other.clone()), ("stake", stake.words(lang))]
            }
            Kind::AssignmentGap { name, first, last } => {
                vec![("name", name.clone()), ("first", first.clone()), ("last", last.clone())]
            }
            Kind::NoOwner { unit, metric, period } => vec![
                ("unit", company_or(unit, lang)),
                ("metric", metric_word(metric, lang)),
                ("period", period.clone()),
            ],
            Kind::NotMeasured { metric, missing } => {
                let missing: Vec<String> = missing.iter().map(|key| metric_word(key, lang)).collect();
                vec![("metric", metric_word(metric, lang)), ("missing", missing.join(lang.word("word.and")))]
            }
            Kind::ZeroTarget { unit, metric, periods } => vec![
                ("unit", company_or(unit, lang)),
                ("metric", metric_word(metric, lang)),
                ("periods", periods.clone()),
            ],
            Kind::UnlikePeers(compared)
            | Kind::GrowthTooHigh(compared)
            | Kind::GrowthTooLow(compared)
            | Kind::RateUnlikely(compared)
            | Kind::TicketUnlikely(compared) => compared.arguments(lang),
            Kind::TargetsEnded { metric, last, as_of } => {
                vec![("metric", metric_word(metric, lang)), ("last", last.clone()), ("as_of", as_of.clone())]
            }
            _ => Vec::new(),
        });
        arguments
    }
}

/// A metric's word: a built-in metric has one, a metric of the user's own is called as it is.
pub fn metric_word(key: &str, lang: Lang) -> String {
    word_or_key("metric.", key, lang)
}

impl Stake {
    fn words(&self, lang: Lang) -> String {
        format!("{} {}", metric_word(&self.metric, lang), self.amount)
    }
}

impl Magnitude {
    fn arguments(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let likely = match self.likely {
            Some(power) => lang.say("magnitude.likely", &[("unit", lang.word(&format!("magnitude.unit_{power}")))]),
            None => String::new(),
        };
        let what = lang.say(
            &format!("magnitude.{}", self.base),
            &[
                ("unit", &company_or(&self.unit, lang)),
                ("metric", &metric_word(&self.metric, lang)),
                ("period", &self.period),
                ("actual", &self.actual),
                ("value", &self.value),
            ],
        );
        vec![("what", what), ("factor", self.factor.clone()), ("likely", likely)]
    }
}

impl Compared {
    fn arguments(&self, lang: Lang) -> Vec<(&'static str, String)> {
        let source = if self.source.is_empty() { "" } else { lang.word(&format!("source.{}", self.source)) };
        vec![
            ("unit", company_or(&self.unit, lang)),
            ("metric", metric_word(&self.metric, lang)),
            ("period", self.period.clone()),
            ("target", self.target.clone()),
            ("base", self.base.clone()),
            ("apart", self.apart.clone()),
            ("limit", self.limit.clone()),
            ("other", metric_word(&self.other, lang)),
            ("source", source.to_string()),
        ]
    }
}

/// A unit's name; nameless is the company.
pub fn company_or(name: &str, lang: Lang) -> String {
    if name.is_empty() { lang.word("word.company").to_string() } else { name.to_string() }
}

/// A unit's name; nameless is the company or whoever is not known.
fn unit_word(name: &str, lang: Lang) -> String {
    if name.is_empty() { lang.word("word.unnamed").to_string() } else { name.to_string() }
}

/// A funnel stage's word, likewise.
pub fn stage_word(key: &str, lang: Lang) -> String {
    word_or_key("stage.", key, lang)
}

fn word_or_key(prefix: &str, key: &str, lang: Lang) -> String {
    let full = format!("{prefix}{key}");
    if !crate::text::wordings(&full).is_empty() { lang.word(&full).to_string() } else { key.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_words() {
        for code in CODES {
            for lang in Lang::ALL {
                for part in ["name", "message", "hint"] {
                    assert!(!lang.word(&format!("problem.{code}.{part}")).is_empty());
                }
            }
        }
    }

    #[test]
    fn a_rejected_file_is_said_to_be() {
        let limit = |setting| Kind::OverLimit { setting, limit: 1, actual: 2 };
        for kind in [
            Kind::EmptyFile,
            Kind::SymbolicLink,
            Kind::ChangedWhileRead,
            limit("inflate_ratio"),
            limit("cells_per_sheet"),
            limit("sheets"),
            Kind::NoDelimiter,
            Kind::NoTable { found: String::new() },
            Kind::NotARegularFile,
            Kind::SameContent { other: String::new() },
        ] {
            assert_eq!(effect(kind.code()) == Effect::FileRejected, kind.rejects_file(), "{}", kind.code());
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let kind = Kind::NotANumber { field: "Quota".into(), raw: "万".repeat(30_000) };
        let problem = Problem::new(CellRef::file(&"a.xlsx".into()), kind);
        assert_eq!(problem.kind.raw(), format!("{}…", "万".repeat(200)));
    }

    #[test]
    fn a_message_fills_all_its_arguments() {
        let at = CellRef::sheet(&"targets.xlsx".into(), &"FY26".into()).at(16, 3);
        let kind = Kind::NotANumber { field: "Quota".into(), raw: "十二万左右".into() };
        let line = Problem::new(at, kind).line(Lang::En);
        assert!(line.starts_with("targets.xlsx!FY26!D17: error E402: "), "{line}");
        assert!(line.contains("Quota") && line.contains("十二万左右") && !line.contains('{'), "{line}");
    }
}
