//! What can be wrong, with just the values that its message needs; its code and how bad it is.

use crate::measure::Amount;
use crate::period::cadence::Cadence;

use super::Severity;

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
}

pub(super) use raw_text;
