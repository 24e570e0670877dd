//! What is said of a problem, in both languages.

use crate::text::Lang;

use super::kind::{Compared, Kind, Magnitude, Stake, raw_text};

impl Kind {
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
