//! The header that a profile's tables name, and what they make of its columns.

use regex::Regex;

use crate::cell::{Area, CellRef, column_letters};
use crate::measure::units;
use crate::metric::{Metrics, Scenario};
use crate::period::Period;
use crate::period::parse::{Context, Written, read_period};
use crate::problem::{Kind, Problem};
use crate::tables::habits::{Habits, PercentScale};
use crate::tables::header::{self, Line};
use crate::tables::mapping::{Factor, MappedColumn, Mapping, Role, RowFilter};
use crate::tables::surroundings::Surroundings;
use crate::tables::vocabulary::normalise;
use crate::tables::{HeldRow, Knowledge, Open, TableSpec, table};

use super::{Profile, ProfileTable, mark};

/// A period that says its year.
pub fn whole_period(text: &str) -> Option<Period> {
    match read_period(text) {
        Some(Written::Whole(period)) => Some(period),
        _ => None,
    }
}

/// Finds the row, or the rows, with all headers that tables of a profile name. Several tables may take what
/// they need from one header.
#[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing it looks at")]
pub fn find(
    held: &[HeldRow],
    merged: &[Area],
    place: &CellRef,
    file: &str,
    tables: &[&ProfileTable],
    profile: &Profile,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Mapping> {
    let mut best: Option<(Line, Vec<&ProfileTable>)> = None;
    for last in 0..held.len() {
        for line in header::lines_of_any_row(held, last, merged, knowledge) {
            let names = header::by_name(&line);
            let fits = |table: &&&ProfileTable| {
                let row = held[line.last].index + 1;
                let mut headers = table.columns.values().flat_map(|source| source.get_ref().headers());
                table.header_row.is_none_or(|wanted| wanted == row)
                    && headers.all(|header| names.contains_key(&normalise(&header)))
                    && (!table.periods_across || periods(&line, table).count() > 0)
            };
            let fitting: Vec<&ProfileTable> = tables.iter().filter(fits).copied().collect();
            if fitting.len() > best.as_ref().map_or(0, |(_, tables)| tables.len()) {
                best = Some((line, fitting));
            }
        }
    }
    let Some((line, fitting)) = best else {
        let named: Vec<&&ProfileTable> = tables.iter().filter(|table| table.is_named_by_file()).collect();
        if !named.is_empty() {
            let headers = named.iter().map(|table| {
                let names: Vec<String> = table.columns.values().flat_map(|source| source.get_ref().headers()).collect();
                names.join(", ")
            });
            let headers = headers.collect::<Vec<_>>().join(" / ");
            problems.push(Problem::new(place.clone(), Kind::ProfileHeaders { profile: profile.name.clone(), headers }));
        }
        return Vec::new();
    };
    let mut mappings: Vec<Mapping> = fitting
        .into_iter()
        .filter_map(|table| mapping(held, &line, place, file, table, profile, knowledge, problems))
        .collect();
    for guess in &line.guesses {
        let is_mapped =
            mappings.iter().flat_map(|mapping| &mapping.columns).any(|column| column.column == guess.column);
        if !is_mapped && !guess.is_total {
            let kind = Kind::UnusedColumn { field: guess.shown.clone(), suggestion: None };
            problems.push(Problem::new(place.at(held[line.last].index, guess.column), kind));
        }
    }
    header::remark_on_blank_headers(held, &line, &mut mappings, place, problems);
    mappings
}

/// The columns of a header that name periods, and what they are.
fn periods<'a>(line: &'a Line, table: &ProfileTable) -> impl Iterator<Item = (u32, String, Role)> + 'a {
    let is_budget = table.kind.get_ref() == "budget";
    let wanted = match table.kind.get_ref().as_str() {
        "actuals" => Scenario::Actual,
        _ => Scenario::Plan,
    };
    line.guesses.iter().filter_map(move |guess| {
        let found = guess.dimensions.as_ref()?;
        let is_other = found.scenario.is_some_and(|scenario| scenario != wanted && scenario != Scenario::Budget);
        let period = found.period?;
        let role = match found.scenario {
            Some(scenario) if is_other && is_budget => Role::Beside { scenario, metric: None, period: Some(period) },
            _ if is_other => return None,
            _ => Role::Figure { metric: found.metric.clone(), period: Some(period) },
        };
        Some((guess.column, guess.shown.clone(), role))
    })
}

#[expect(clippy::too_many_arguments, reason = "one call, and each is a different thing it looks at")]
fn mapping(
    held: &[HeldRow],
    line: &Line,
    place: &CellRef,
    file: &str,
    source: &ProfileTable,
    profile: &Profile,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Mapping> {
    let spec = table(source.kind.get_ref())?;
    let header_row = held[line.last].index;
    let names = header::by_name(line);
    let column_of = |header: &str| names.get(&normalise(header)).copied();
    let guess_of = |column: u32| line.guesses.iter().find(|guess| guess.column == column);
    let habits = Habits {
        date_order: source.date_order,
        decimal: source.decimal_mark(),
        percent: source.percent_scale.map_or(PercentScale::default(), PercentScale::from),
        dates_are_days: false,
    };
    let mut columns: Vec<MappedColumn> = Vec::new();
    for (key, from) in &source.columns {
        let from = from.get_ref();
        let factors: Vec<Factor> = from
            .factors()
            .iter()
            .filter_map(|(header, is_complement)| {
                Some(Factor { column: column_of(header)?, is_complement: *is_complement })
            })
            .collect();
        let first = from.headers().first().and_then(|header| column_of(header))?;
        let guess = guess_of(first)?;
        let mut column = MappedColumn::new(first, guess.shown.clone(), role(spec, key, knowledge.metrics));
        // The profile's word counts more than the header's own.
        column.power = from.unit().and_then(units::unit_power).or(guess.name.power.filter(|_| factors.is_empty()));
        column.lookup = from.lookup(knowledge.lookups);
        column.values = from.values();
        column.width = from.width();
        column.habits = Habits {
            date_order: from.date_order().or(habits.date_order),
            decimal: from.decimal().map_or(habits.decimal, |text| mark(Some(text))),
            ..habits
        };
        for factor in &factors {
            let header = guess_of(factor.column).map_or_else(String::new, |guess| guess.shown.clone());
            let mut operand = MappedColumn::new(factor.column, header, Role::Operand);
            operand.habits = column.habits;
            columns.push(operand);
        }
        column.factors = factors;
        columns.push(column);
    }
    let mut filters = Vec::new();
    for filter in &source.filter {
        // A filter whose column is missing would let everything pass.
        let Some(column) = column_of(&filter.header) else {
            let kind = Kind::ProfileHeaders { profile: profile.name.clone(), headers: filter.header.clone() };
            problems.push(Problem::new(place.clone(), kind));
            return None;
        };
        let mut operand = MappedColumn::new(column, filter.header.clone(), Role::Operand);
        operand.lookup =
            filter.lookup.as_ref().map(|name| (name.clone(), knowledge.lookups.get(name).cloned().unwrap_or_default()));
        // The filter looks at the first column at its place: its own.
        columns.insert(0, operand);
        filters.push(RowFilter { column, keep: filter.keep.clone(), drop: filter.drop.clone() });
    }
    if source.periods_across {
        let power = source.unit.as_ref().and_then(|unit| units::unit_power(unit.get_ref()));
        for (column, shown, role) in periods(line, source) {
            if columns.iter().any(|mapped| mapped.column == column) {
                continue;
            }
            if let Some(first) = columns.iter().find(|mapped| mapped.role == role) {
                let first = format!("{}{}", column_letters(first.column), u64::from(header_row) + 1);
                let kind = Kind::DuplicateColumn { field: shown, first };
                problems.push(Problem::new(place.at(header_row, column), kind));
                continue;
            }
            let mut column = MappedColumn::new(column, shown, role);
            column.power = power;
            column.habits = habits;
            columns.push(column);
        }
        let totals = line.guesses.iter().filter(|guess| guess.is_total);
        columns.extend(totals.map(|guess| MappedColumn::new(guess.column, guess.shown.clone(), Role::Total)));
    }
    columns.sort_by_key(|column| column.column);
    let above = held[..line.first].iter().flat_map(header::texts).chain([&*place.sheet]);
    let around = Surroundings::of(above, knowledge.vocabulary);
    let captured = captured(source, place, file, problems);
    let own = Context::from(source.year).or(captured.context);
    let period = source.period.as_ref().and_then(|period| whole_period(period.get_ref())).or(captured.period);
    // 2026年3月 above a table without dates is the month of all its rows.
    let says_period = columns.iter().any(|column| match &column.role {
        Role::Field(field) => matches!(*field, "date" | "period" | "year"),
        role => matches!(role, Role::Figure { period: Some(_), .. }),
    });
    let month = around.context.month.zip(around.context.year).map(|(month, year)| Period::month(year, month));
    let period = period.or(month.filter(|_| !says_period));
    let context = own.or(period.map(Context::of).unwrap_or_default()).or(around.context);
    header::remark_on_years(&columns, context.or(knowledge.context), place, header_row, problems);
    header::remark_on_long_periods(spec, &columns, place, header_row, problems);
    let mut constants = captured.constants;
    for column in spec.columns {
        if let Some(value) = source.constants.get(column.key) {
            constants.push((column.key, value.get_ref().clone()));
        }
    }
    let fields = |key: &&toml::Spanned<String>| {
        spec.columns.iter().find(|column| column.key == key.get_ref()).map(|column| column.key)
    };
    let has_scenario = columns.iter().any(|column| column.role == Role::Field("scenario"));
    let scenario = match spec.key {
        "actuals" => Some(Scenario::Actual),
        "targets" => Some(Scenario::Plan),
        _ => None,
    };
    let bounds = line.guesses.iter().map(|guess| guess.column);
    Some(Mapping {
        table: spec,
        first_header_row: held[line.first].index,
        header_row,
        band: (bounds.clone().min().unwrap_or(0), bounds.max().unwrap_or(0)),
        n_headers: line.guesses.len(),
        has_figures: columns.iter().any(|column| column.role.is_figure()),
        columns,
        context,
        period,
        metric: source.metric.as_ref().map(|metric| metric.get_ref().clone()).or(around.metric),
        money_power: source
            .unit
            .as_ref()
            .and_then(|unit| units::unit_power(unit.get_ref()))
            .or(around.money_power)
            .unwrap_or(0),
        scenario: scenario.filter(|_| has_scenario),
        constants,
        filters,
        fill_down: source.fill_down.iter().filter_map(|key| fields(&key)).collect(),
        blanks: source.blanks.iter().map(|blank| blank.to_lowercase()).collect(),
        hidden: source.hidden,
        repeats: source.repeats,
        aliases: knowledge.aliases.clone(),
        calendar: knowledge.vocabulary.calendar.clone(),
        profile: Some(profile.name.clone()),
    })
}

fn role(spec: &'static TableSpec, key: &str, metrics: &Metrics) -> Role {
    if let Some(column) = spec.columns.iter().find(|column| column.key == key) {
        return Role::Field(column.key);
    }
    let measure = metrics.get(key).filter(|metric| !metric.formula.is_rate()).map_or(key, |metric| &metric.key);
    match spec.open {
        Open::Stages => Role::Stage(key.to_string()),
        Open::StageDates => Role::StageDate(key.strip_suffix("_date").unwrap_or(key).to_string()),
        Open::MetricsOrPeriods => Role::Figure { metric: Some(key.to_string()), period: None },
        _ => Role::Figure { metric: Some(measure.to_string()), period: None },
    }
}

/// What the names of the file and the sheet say.
#[derive(Default)]
struct Captured {
    context: Context,
    period: Option<Period>,
    constants: Vec<(&'static str, String)>,
}

fn captured(source: &ProfileTable, place: &CellRef, file: &str, problems: &mut Vec<Problem>) -> Captured {
    let mut captured = Captured::default();
    for (pattern, name) in [(&source.capture.file, file), (&source.capture.sheet, &*place.sheet)] {
        let Some(pattern) = pattern else { continue };
        let Some(found) = Regex::new(pattern.get_ref()).ok().and_then(|compiled| {
            let groups: Vec<String> = compiled.capture_names().flatten().map(str::to_string).collect();
            let found = compiled.captures(name)?;
            let text = |group: String| found.name(&group).map(|text| (group.clone(), text.as_str().trim().to_string()));
            Some(groups.into_iter().filter_map(text).collect::<Vec<_>>())
        }) else {
            let kind = Kind::CaptureFailed { pattern: pattern.get_ref().clone(), name: name.to_string() };
            problems.push(Problem::new(place.clone(), kind));
            continue;
        };
        let group = |wanted: &str| found.iter().find(|(group, _)| group == wanted).map(|(_, text)| text.as_str());
        let number = |wanted: &str| group(wanted).and_then(|text| text.parse::<i32>().ok());
        let year = number("year").map(|year| if year < 100 { year + 2000 } else { year });
        let index = |wanted: &str| number(wanted).and_then(|index| u32::try_from(index).ok());
        let month = group("month").and_then(|text| match read_period(text) {
            Some(Written::NeedsYear { index, .. }) => Some(index),
            _ => text.parse().ok(),
        });
        captured.context = captured.context.or(Context { year, month });
        let period = group("period").and_then(whole_period);
        let of_quarter = year.zip(index("quarter")).map(|(year, index)| Period::quarter(year, index));
        let of_month = year.zip(month).map(|(year, month)| Period::month(year, month));
        captured.period = captured.period.or(period).or(of_quarter).or(of_month).or(year.map(Period::year));
        let Some(spec) = table(source.kind.get_ref()) else { continue };
        for column in spec.columns {
            if let Some(text) = group(column.key) {
                captured.constants.push((column.key, text.to_string()));
            }
        }
    }
    captured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::habits::DecimalMark;

    #[test]
    fn periods_of_profiles_say_their_year() {
        assert_eq!(whole_period("2026-03"), Some(Period::month(2026, 3)));
        assert_eq!(whole_period("3月"), None);
        assert_eq!(mark(Some(",")), DecimalMark::Comma);
    }
}
