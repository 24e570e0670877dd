//! Which rows are a header, and what each of its columns may be.
//!
//! A header has one to three rows. Where it has several, what stands above a column belongs to it: through
//! merged cells, or to the right of a cell until the next one begins.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::cell::{Area, CellRef, OwnedValue};
use crate::period::parse::{Context, Written, read_period};
use crate::period::{Calendar, Kind as PeriodKind, Period};
use crate::problem::{Kind, Problem};

use super::bind::{self, Candidate};
use super::grammar;
use super::mapping::{MappedColumn, Mapping, Role};
use super::surroundings::{Surroundings, context_of, stated_unit};
use super::vocabulary::{Dimensions, Name, Vocabulary, normalise};
use super::{HeldRow, Knowledge, TableSpec, actuals, budget};

/// What one header cell, or the cells above each other in a header of several rows, may be.
#[derive(Clone, Debug)]
pub struct Guess {
    pub column: u32,
    pub name: Name,
    /// The header for people: its parts with `/` between them.
    pub shown: String,
    pub fields: Vec<&'static str>,
    pub dimensions: Option<Dimensions>,
    pub stage: Option<String>,
    /// The stage that it says the day of: `Qualified date`.
    pub stage_date: Option<String>,
    /// It says that its column is a total of others.
    pub is_total: bool,
    /// It says no more than that its column holds values.
    pub is_value: bool,
}

/// A possible header.
#[derive(Clone, Debug)]
pub struct Line {
    /// Positions of its first and last row among the held ones.
    pub first: usize,
    pub last: usize,
    pub guesses: Vec<Guess>,
}

/// Rows of a header at most.
const MOST_HEADER_ROWS: usize = 3;
/// Cells of a header's row at most: five years of days. Wider rows are data.
const MOST_HEADER_CELLS: usize = 2_048;
/// Texts of a row that may say something about the table below it.
const MOST_TITLES: usize = 32;
/// Rows below a possible header in which a better one is looked for; fewer where most of its cells are known.
const ROWS_BELOW_A_HEADER: usize = 8;
const ROWS_BELOW_A_SURE_HEADER: usize = 2;

/// A header that was found: how many of its cells have a role, and what they make.
struct Best {
    score: usize,
    line: Line,
    tables: Vec<Candidate>,
    around: Surroundings,
}

/// Finds the header among the rows that are held, and the tables that it heads. Remarks on its columns are
/// added to the problems.
pub fn find(
    held: &[HeldRow],
    merged: &[Area],
    place: &CellRef,
    file: &str,
    given: &Surroundings,
    knowledge: &Knowledge<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Mapping> {
    let vocabulary = knowledge.vocabulary;
    // What the file's name says of target or actual counts least, and nothing else of it does.
    let file_name = Surroundings::of([file.rsplit('/').next().unwrap_or(file)].into_iter(), vocabulary);
    let file_name = Surroundings {
        context: Context::default(),
        money_power: None,
        metric: None,
        says_cumulative: false,
        ..file_name
    };
    let sheet_name = Surroundings::of([&*place.sheet].into_iter(), vocabulary);
    let sheet_name = if sheet_name.says_scenario() { sheet_name } else { sheet_name.or(&file_name) };
    let mut outside = given.or(&sheet_name);
    // A sheet named 3月 in a file of 2026.
    let file_context = context_of(file.rsplit('/').next().unwrap_or(file));
    let is_of_month = sheet_name.context.month.is_some() && sheet_name.context.year.is_none();
    let year_of_file = file_context.year.filter(|_| is_of_month && knowledge.context.year.is_none());
    let sheet_name = match year_of_file {
        Some(_) => Surroundings { context: sheet_name.context.or(file_context), ..sheet_name },
        None => sheet_name,
    };
    outside.context = outside.context.or(sheet_name.context);
    let mut best: Option<Best> = None;
    let mut near: Option<(usize, usize, Candidate)> = None;
    let mut above = given.clone();
    for index in 0..held.len() {
        let is_far_below = |best: &Best| {
            let is_sure = best.score * 5 >= best.line.guesses.len() * 3;
            index > best.line.last + if is_sure { ROWS_BELOW_A_SURE_HEADER } else { ROWS_BELOW_A_HEADER }
        };
        if best.as_ref().is_some_and(is_far_below) {
            break;
        }
        for line in lines(held, index, merged, knowledge) {
            let mut around = above.or(&sheet_name);
            // 单位:万元 may stand in the header's own row.
            if around.money_power.is_none() {
                around.money_power = held[line.first..=line.last].iter().flat_map(texts).find_map(stated_unit);
            }
            let below = &held[index + 1..];
            let titles = (&held[..line.first], &outside);
            let (tables, missed) = bind::tables(&line.guesses, &around, titles, below, knowledge);
            let score: usize = bind::score(&tables);
            let is_better = |best: &Best| score > best.score || (score == best.score && continues(best, &line, held));
            if !tables.is_empty() && best.as_ref().is_none_or(is_better) {
                best = Some(Best { score, line, tables, around });
            } else if let Some(candidate) = missed
                && near.as_ref().is_none_or(|(score, ..)| candidate.roles.len() > *score)
            {
                near = Some((candidate.roles.len(), index, candidate));
            }
        }
        above = above.or(&Surroundings::of(texts(&held[index]).take(MOST_TITLES), vocabulary));
    }
    let Some(Best { line, tables, around, .. }) = best else {
        if let Some((_, index, candidate)) = near {
            let kind = if candidate.is_unclear {
                Kind::ScenarioUnclear
            } else {
                Kind::MissingColumn { table: candidate.table.key, columns: candidate.missing }
            };
            problems.push(Problem::new(place.at(held[index].index, candidate.band.0), kind));
        }
        return Vec::new();
    };
    let header_row = held[line.last].index;
    let has_periods =
        |table: &Candidate| table.roles.iter().any(|(_, role)| matches!(role, Role::Figure { period: Some(_), .. }));
    let is_cumulative =
        |table: &Candidate| has_periods(table) && table.around.as_ref().unwrap_or(&around).says_cumulative;
    if tables.iter().any(is_cumulative) {
        problems.push(Problem::new(place.at(held[line.first].index, tables[0].band.0), Kind::CumulativeFigures));
        return Vec::new();
    }
    if line.first < line.last {
        let shown: Vec<&str> = line.guesses.iter().map(|guess| guess.shown.as_str()).collect();
        let kind = Kind::JoinedHeader { headers: shown.join(", ") };
        problems.push(Problem::new(place.at(held[line.first].index, line.guesses[0].column), kind));
    }
    remark_on_labels(&line, &tables, vocabulary, place, header_row, problems);
    let below = &held[line.last + 1..];
    bind::remark_on_unused(&line.guesses, &tables, below, (place, header_row), knowledge, problems);
    let mut mappings: Vec<Mapping> = tables
        .into_iter()
        .map(|candidate| {
            let around = candidate.around.as_ref().unwrap_or(&around);
            let columns = candidate.roles.iter().map(|(position, role)| {
                let guess = &line.guesses[*position];
                let mut column = MappedColumn::new(guess.column, guess.shown.clone(), role.clone());
                column.power = guess.name.power;
                column
            });
            let mut columns: Vec<MappedColumn> = columns.collect();
            columns.sort_by_key(|column| column.column);
            let needs = |column: &MappedColumn| match &column.role {
                Role::Figure { period: Some(period), .. } => period.is_open(),
                Role::Field("period") => true,
                _ => false,
            };
            if let (Some(year), Some(_)) = (year_of_file, candidate.period) {
                problems.push(Problem::new(place.at(header_row, candidate.band.0), Kind::YearOfFile { year }));
            }
            let mut context = around.context;
            let has_year = columns.iter().any(|column| column.role == Role::Field("year"));
            if context.year.is_none() && knowledge.context.year.is_none() && !has_year && columns.iter().any(needs) {
                // Better than nothing, and said.
                context = context.or(file_context);
                if let Some(year) = context.year
                    && columns.iter().any(
                        |column| matches!(column.role, Role::Figure { period: Some(period), .. } if period.is_open()),
                    )
                {
                    problems.push(Problem::new(place.at(header_row, candidate.band.0), Kind::YearOfFile { year }));
                }
            }
            if let Some(month) = weeks_of_month(&mut columns, context, vocabulary.calendar.week_start) {
                let kind = Kind::WeeksOfMonth { month: month.to_string() };
                problems.push(Problem::new(place.at(header_row, candidate.band.0), kind));
            }
            remark_on_years(&columns, context.or(knowledge.context), place, header_row, problems);
            remark_on_long_periods(candidate.table, &columns, place, header_row, problems);
            Mapping {
                table: candidate.table,
                first_header_row: held[line.first].index,
                header_row,
                band: candidate.band,
                n_headers: line
                    .guesses
                    .iter()
                    .filter(|guess| (candidate.band.0..=candidate.band.1).contains(&guess.column))
                    .count(),
                has_figures: columns.iter().any(|column| column.role.is_figure()),
                columns,
                context,
                period: candidate.period,
                metric: around.metric.clone(),
                money_power: around.money_power.unwrap_or(0),
                scenario: candidate.scenario,
                constants: Vec::new(),
                filters: Vec::new(),
                fill_down: Vec::new(),
                blanks: Vec::new(),
                hidden: Default::default(),
                repeats: Default::default(),
                aliases: knowledge.aliases.clone(),
                calendar: vocabulary.calendar.clone(),
                profile: None,
            }
        })
        .collect();
    remark_on_blank_headers(held, &line, &mut mappings, place, problems);
    mappings
}

/// Whether a header is the best one with the row below it, which holds names where figures would be.
fn continues(best: &Best, line: &Line, held: &[HeldRow]) -> bool {
    if line.first != best.line.first || line.last != best.line.last + 1 {
        return false;
    }
    let roles = best.tables.iter().flat_map(|table| &table.roles).filter(|(_, role)| role.is_figure());
    let columns = roles.map(|(position, _)| best.line.guesses[*position].column);
    let cell = |column: u32| held[line.last].cells.iter().find(|cell| cell.column == column);
    let mut values = columns.filter_map(cell).map(|cell| &cell.value).peekable();
    values.peek().is_some() && values.all(|value| matches!(value, OwnedValue::Text(_)))
}

/// The rows up to the first blank one.
pub fn without_gap(rows: &[HeldRow]) -> &[HeldRow] {
    let gap = rows.windows(2).position(|pair| pair[1].index != pair[0].index + 1);
    &rows[..gap.map_or(rows.len(), |position| position + 1)]
}

/// The possible headers that end at a held row: of one row, of two, of three.
pub fn lines(held: &[HeldRow], last: usize, merged: &[Area], knowledge: &Knowledge<'_>) -> Vec<Line> {
    if may_be_header(&held[last]) { lines_of_any_row(held, last, merged, knowledge) } else { Vec::new() }
}

/// The same for rows that need not look like a header: a profile knows its headers by name.
pub fn lines_of_any_row(held: &[HeldRow], last: usize, merged: &[Area], knowledge: &Knowledge<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for n_rows in 1..=MOST_HEADER_ROWS {
        let Some(first) = (last + 1).checked_sub(n_rows) else { break };
        let rows = &held[first..=last];
        if rows.iter().any(|row| row.cells.len() > MOST_HEADER_CELLS) {
            break;
        }
        let are_adjacent = rows.windows(2).all(|pair| pair[1].index == pair[0].index + 1);
        if !are_adjacent || rows[..n_rows - 1].iter().any(|row| !may_be_header(row)) {
            break;
        }
        let Some(guesses) = guesses(rows, &held[last + 1..], merged, knowledge) else { continue };
        if !guesses.is_empty() {
            lines.push(Line { first, last, guesses });
        }
    }
    lines
}

/// Whether a row can be part of a header: mostly texts, years, periods, dates.
fn may_be_header(row: &HeldRow) -> bool {
    let is_name = |value: &OwnedValue| match value {
        OwnedValue::Text(_) | OwnedValue::Date(_) => true,
        OwnedValue::Number(number) => {
            number.whole().is_some_and(|whole| (1..=53).contains(&whole) || (1990..=2100).contains(&whole))
        }
        _ => false,
    };
    let n_names = row.cells.iter().filter(|cell| is_name(&cell.value)).count();
    // A row of data has figures; a header may have a stray one.
    n_names * 5 >= row.cells.len() * 4
}

/// What the columns under these rows may be. Nothing where several rows say no more than the last.
fn guesses(rows: &[HeldRow], below: &[HeldRow], merged: &[Area], knowledge: &Knowledge<'_>) -> Option<Vec<Guess>> {
    let mut parts: Vec<(u32, Vec<&OwnedValue>)> = Vec::new();
    let mut add = |column: u32, value| match parts.binary_search_by_key(&column, |(column, _)| *column) {
        Ok(position) => parts[position].1.push(value),
        Err(position) => parts.insert(position, (column, vec![value])),
    };
    let last = rows.len() - 1;
    let lower: Vec<u32> = rows[last].cells.iter().map(|cell| cell.column).collect();
    for (position, row) in rows.iter().enumerate() {
        if position == last {
            row.cells.iter().for_each(|cell| add(cell.column, &cell.value));
            continue;
        }
        for (index, cell) in row.cells.iter().enumerate() {
            let own = merged.iter().find(|area| area.first == (row.index, cell.column));
            let end = match own {
                Some(area) => area.last.1,
                // Without a merge, it reaches to the next cell of its row, over what stands below it.
                None if lower.contains(&cell.column) => {
                    let next = row.cells.get(index + 1).map_or(u32::MAX, |next| next.column);
                    let reach = lower.iter().skip_while(|column| **column < cell.column);
                    let adjacent =
                        reach.clone().zip(cell.column..).take_while(|(column, expected)| **column == *expected);
                    adjacent
                        .map(|(column, _)| *column)
                        .take_while(|column| *column < next)
                        .last()
                        .unwrap_or(cell.column)
                }
                None => cell.column,
            };
            let covered = lower.iter().copied().filter(|column| (cell.column..=end).contains(column));
            let mut covered: Vec<u32> = covered.collect();
            if covered.is_empty() {
                covered.push(cell.column);
            }
            covered.into_iter().for_each(|column| add(column, &cell.value));
        }
    }
    if rows.len() > 1 && parts.iter().all(|(_, parts)| parts.len() < 2) {
        return None;
    }
    let mut guesses: Vec<Guess> = parts.iter().filter_map(|(column, parts)| guess(*column, parts, knowledge)).collect();
    date_headers(&parts, &knowledge.vocabulary.calendar, &mut guesses);
    number_headers(&parts, &mut guesses);
    scenario_columns(&mut guesses, below, knowledge.vocabulary);
    add_label_column(&mut guesses, below);
    Some(guesses)
}

/// A column of scenarios is known by its values, whatever it is called: most of them are such words, and of two
/// kinds. Rates and variances may stand among them. A column that is only called so is none.
fn scenario_columns(guesses: &mut [Guess], below: &[HeldRow], vocabulary: &Vocabulary) {
    let below = without_gap(below);
    if below.is_empty() {
        return;
    }
    for guess in guesses.iter_mut().filter(|guess| guess.dimensions.is_none()) {
        let is_called_so = guess.fields.contains(&"scenario");
        let mut kinds = Vec::new();
        let mut n_others = 0;
        for cell in below.iter().flat_map(|row| &row.cells).filter(|cell| cell.column == guess.column) {
            let scenario = match &cell.value {
                OwnedValue::Text(text) => vocabulary.scenario(text),
                _ => None,
            };
            match scenario {
                Some(scenario) => kinds.push(scenario),
                None => n_others += 1,
            }
            // Two rows tell whether there is any point in going on.
            if !is_called_so && kinds.is_empty() && n_others >= 2 {
                break;
            }
        }
        if is_called_so && kinds.is_empty() {
            guess.fields.retain(|field| *field != "scenario");
        } else if kinds.len() >= n_others && kinds.iter().any(|kind| *kind != kinds[0]) {
            guess.fields = vec!["scenario"];
        }
    }
}

/// The column before figures by period often has no header at all: its texts say what the rows are.
fn add_label_column(guesses: &mut Vec<Guess>, below: &[HeldRow]) {
    let is_period = |guess: &Guess| guess.dimensions.as_ref().is_some_and(|found| found.period.is_some());
    let n_periods = guesses.iter().filter(|guess| is_period(guess)).count();
    let Some(first) = guesses.first().filter(|first| n_periods >= 3 && is_period(first)) else { return };
    let Some(column) = first.column.checked_sub(1) else { return };
    let is_text =
        |row: &HeldRow| row.cells.iter().any(|cell| cell.column == column && matches!(cell.value, OwnedValue::Text(_)));
    if below.iter().filter(|row| is_text(row)).count() >= 2 {
        let name = Name { text: String::new(), whole: String::new(), base: None, power: None };
        let blank = Guess {
            column,
            name,
            shown: String::new(),
            fields: Vec::new(),
            dimensions: None,
            stage: None,
            stage_date: None,
            is_total: false,
            is_value: false,
        };
        guesses.insert(0, blank);
    }
}

fn guess(column: u32, parts: &[&OwnedValue], knowledge: &Knowledge<'_>) -> Option<Guess> {
    let vocabulary = knowledge.vocabulary;
    let mut texts: Vec<String> =
        parts.iter().filter_map(|value| header_text(value)).filter(|text| !text.is_empty()).collect();
    texts.dedup();
    let last = texts.last()?;
    let name = Name::parse(last);
    if name.whole.is_empty() {
        return None;
    }
    let fields = |name: &Name| {
        let fields = name.candidates().iter().map(|name| vocabulary.fields(name)).find(|fields| !fields.is_empty());
        fields.map(<[_]>::to_vec).unwrap_or_default()
    };
    // 2026.1 may be what a spreadsheet made of 2026.10.
    let is_fraction = parts.iter().any(|value| matches!(value, OwnedValue::Number(number) if number.whole().is_none()));
    let dimensions = |text: &str| {
        let name = Name::parse(text);
        let of = |text: &str| vocabulary.dimensions(text);
        name.base
            .as_deref()
            .filter(|_| name.power.is_some())
            .and_then(of)
            .or_else(|| of(&name.text))
            .or_else(|| name.base.as_deref().and_then(of))
    };
    let (all_fields, all_dimensions) = if let [_] = &texts[..] {
        (fields(&name), if is_fraction { None } else { dimensions(last) })
    } else {
        // 一季度 / 目标, 销售额 / 1月: every part has to be understood, or the lowest one stands for itself.
        let joined = Name::parse(&texts.concat());
        let of_joined = fields(&joined);
        let mut all = Some(Dimensions::default());
        for text in &texts {
            all = all.and_then(|all| all.and(dimensions(text)?));
        }
        let is_understood = all.is_some();
        let all = all.or_else(|| dimensions(last));
        let of_last = if is_understood && texts.len() > 1 { Vec::new() } else { fields(&name) };
        (if of_joined.is_empty() { of_last } else { of_joined }, all)
    };
    let stage = name.candidates().iter().find_map(|name| vocabulary.stage(name)).map(str::to_string);
    let stage_date = name.candidates().iter().find_map(|name| vocabulary.stage_date(name)).map(str::to_string);
    let shown = if texts.len() > 1 { texts.join("/") } else { name.text.clone() };
    let is_total = all_fields.is_empty() && all_dimensions.is_none() && vocabulary.is_total_header(&name.text);
    let is_value =
        vocabulary.is_value(&name.whole) || name.base.as_deref().is_some_and(|base| vocabulary.is_value(base));
    Some(Guess {
        column,
        name,
        shown,
        fields: all_fields,
        dimensions: all_dimensions,
        stage,
        stage_date,
        is_total,
        is_value,
    })
}

/// What a header cell says. Periods across are often bare years.
pub fn header_text(value: &OwnedValue) -> Option<String> {
    match value {
        OwnedValue::Text(text) => Some(grammar::clean(text)),
        OwnedValue::Date(day) => Some(day.to_string()),
        OwnedValue::Number(number) => Some(number.text()),
        _ => None,
    }
}

/// Dates as headers are months when each is in another month, weeks when they are seven days apart, else days.
fn date_headers(parts: &[(u32, Vec<&OwnedValue>)], calendar: &Calendar, guesses: &mut [Guess]) {
    let days: Vec<(u32, NaiveDate)> = parts
        .iter()
        .filter_map(|(column, parts)| match parts.last() {
            Some(OwnedValue::Date(day)) => Some((*column, *day)),
            // 2026-01-05, 2026年1月5日: a day without doubt.
            Some(OwnedValue::Text(text)) if text.len() >= 8 => {
                match grammar::date(crate::cell::Value::Text(text), &grammar::Writing::default()) {
                    grammar::Said::Value(day) if read_period(text).is_none() => Some((*column, day)),
                    _ => None,
                }
            }
            _ => None,
        })
        .collect();
    if days.len() < 2 {
        return;
    }
    let month = |day: NaiveDate| (day.year(), day.month());
    let are_months = days.windows(2).all(|pair| month(pair[0].1) != month(pair[1].1));
    let are_weeks = days.len() > 2 && days.windows(2).all(|pair| (pair[1].1 - pair[0].1).num_days() == 7);
    for (column, day) in days {
        let period = if are_months {
            Period::month(day.year(), day.month())
        } else if are_weeks {
            calendar.containing(PeriodKind::Week, day)
        } else {
            Period::day(day)
        };
        if let Some(guess) = guesses.iter_mut().find(|guess| guess.column == column) {
            let whole = Dimensions { period: Some(Written::Whole(period)), ..Dimensions::default() };
            guess.dimensions = match guess.dimensions.take() {
                Some(others) if others.period.is_none() => others.and(whole),
                _ => Some(whole),
            };
            guess.fields.clear();
        }
    }
}

/// Bare numbers that count up are days of a month when there are 28 or more, months when there are twelve.
fn number_headers(parts: &[(u32, Vec<&OwnedValue>)], guesses: &mut [Guess]) {
    let whole = |value: &OwnedValue| match value {
        OwnedValue::Number(number) => number.whole(),
        OwnedValue::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let numbers: Vec<(u32, u32)> = parts
        .iter()
        .filter_map(|(column, parts)| Some((*column, u32::try_from(whole(parts.last()?)?).ok()?)))
        .collect();
    let counts_up = numbers.iter().zip(1..).all(|((_, number), expected)| *number == expected);
    if !counts_up || !(numbers.len() == 12 || (28..=31).contains(&numbers.len())) {
        return;
    }
    for (column, number) in &numbers {
        let period = match numbers.len() {
            12 => Written::NeedsYear { kind: PeriodKind::Month, index: *number },
            _ => Written::DayOf { month: None, day: *number },
        };
        if let Some(guess) = guesses.iter_mut().find(|guess| guess.column == *column) {
            guess.dimensions = Some(Dimensions { period: Some(period), ..Dimensions::default() });
        }
    }
}

/// Weeks 1 to 6 under a title that names a month are that month's: each begins on its first day or where weeks do,
/// and what stands below it is taken as of that day. The month, if there are such.
fn weeks_of_month(columns: &mut [MappedColumn], context: Context, week_start: Weekday) -> Option<Period> {
    let month = Period::month(context.year?, context.month?);
    let first = NaiveDate::from_ymd_opt(month.year, month.index, 1)?;
    let next_start = first + chrono::Days::new(u64::from(week_start.days_since(first.weekday())));
    let first_full_week = if next_start == first { first + chrono::Days::new(7) } else { next_start };
    let day_of = |week: u32| match week {
        1 => Some(first),
        _ => Some(first_full_week + chrono::Days::new(7 * u64::from(week.checked_sub(2)?))),
    };
    let mut days = Vec::new();
    for column in columns.iter() {
        let Role::Figure { period: Some(period), .. } = &column.role else { continue };
        let Written::NeedsYear { kind: PeriodKind::Week, index } = period else { return None };
        days.push(day_of(*index).filter(|day| day.month() == month.index)?);
    }
    if days.is_empty() {
        return None;
    }
    let mut days = days.into_iter();
    for column in columns.iter_mut() {
        if let Role::Figure { period: period @ Some(_), .. } = &mut column.role {
            *period = days.next().map(|day| Written::Whole(Period::day(day)));
        }
    }
    Some(month)
}

/// Actuals of quarters or years across: their totals are exact, the months that they are divided over are not.
pub fn remark_on_long_periods(
    table: &TableSpec,
    columns: &[MappedColumn],
    at: &CellRef,
    row: u32,
    problems: &mut Vec<Problem>,
) {
    let is_long = |column: &&MappedColumn| match &column.role {
        Role::Figure { period: Some(period), .. } => {
            matches!(period.kind(), PeriodKind::Year | PeriodKind::Quarter)
        }
        _ => false,
    };
    let long = columns.iter().find(is_long);
    if let Some(column) = long.filter(|_| table.key == actuals::SPEC.key) {
        problems.push(Problem::new(at.at(row, column.column), Kind::DividedOverMonths { raw: column.header.clone() }));
    }
}

/// Periods across without a year anywhere: said once, at the header.
pub fn remark_on_years(
    columns: &[MappedColumn],
    context: Context,
    at: &CellRef,
    row: u32,
    problems: &mut Vec<Problem>,
) {
    let has = |field: &'static str| columns.iter().any(|column| column.role == Role::Field(field));
    for column in columns {
        let Role::Figure { period: Some(period), .. } = &column.role else { continue };
        let is_day = period.kind() == PeriodKind::Day;
        let is_said = has("year") || (is_day && has("period"));
        if period.resolve(context).is_none() && !is_said {
            let (field, raw) = (column.header.clone(), column.header.clone());
            problems.push(Problem::new(at.at(row, column.column), Kind::PeriodNeedsYear { field, raw }));
        }
    }
}

/// The texts of a row.
pub fn texts(row: &HeldRow) -> impl Iterator<Item = &str> {
    row.cells.iter().filter_map(|cell| match &cell.value {
        OwnedValue::Text(text) => Some(text.as_str()),
        _ => None,
    })
}

/// Columns that were taken for what they are by their place, whatever their header says.
fn remark_on_labels(
    line: &Line,
    tables: &[Candidate],
    vocabulary: &Vocabulary,
    place: &CellRef,
    row: u32,
    problems: &mut Vec<Problem>,
) {
    let mut said = Vec::new();
    for (position, role) in tables.iter().flat_map(|table| &table.roles) {
        let guess = &line.guesses[*position];
        let is_named =
            |field: &&str| guess.name.candidates().iter().any(|name| vocabulary.fields(name).contains(field));
        // A word for a scenario says what the column is as well as a name does.
        let is_scenario = guess.dimensions.as_ref().is_some_and(|found| found.scenario.is_some());
        if let Role::Field(used_as) = role
            && *used_as != "value"
            && !(is_scenario && (budget::AMOUNTS.contains(used_as) || *used_as == "budget_amount"))
            && !(guess.fields.contains(used_as) && (*used_as != "scenario" || is_named(used_as)))
            && !said.contains(position)
        {
            said.push(*position);
            let kind = Kind::LabelColumn { field: guess.shown.clone(), used_as };
            problems.push(Problem::new(place.at(row, guess.column), kind));
        }
    }
}

/// Columns with values below a blank header cell, as far as the held rows show.
pub fn remark_on_blank_headers(
    held: &[HeldRow],
    line: &Line,
    mappings: &mut [Mapping],
    place: &CellRef,
    problems: &mut Vec<Problem>,
) {
    let header_row = held[line.last].index;
    let mut blank: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
    let is_of_table = |row: &&HeldRow| {
        let mut columns = row.cells.iter().map(|cell| cell.column);
        columns.any(|column| mappings.iter().any(|mapping| (mapping.band.0..=mapping.band.1).contains(&column)))
    };
    for cell in without_gap(&held[line.last + 1..]).iter().filter(is_of_table).flat_map(|row| &row.cells) {
        let is_inside = mappings.iter().any(|mapping| {
            // One column further is where a header was forgotten; what is further off is another thing.
            (mapping.band.0..=mapping.band.1.saturating_add(1)).contains(&cell.column)
        });
        if is_inside && !line.guesses.iter().any(|guess| guess.column == cell.column) {
            *blank.entry(cell.column).or_default() += 1;
        }
    }
    for (column, n_cells) in blank {
        for mapping in mappings.iter_mut().filter(|mapping| mapping.band.1.checked_add(1) == Some(column)) {
            mapping.band.1 = column;
        }
        problems.push(Problem::new(place.at(header_row, column), Kind::BlankHeader { n_cells }));
    }
}

/// The columns of a header by their names as people compare them: the whole, and the lowest part.
pub fn by_name(line: &Line) -> HashMap<String, u32> {
    let mut names = HashMap::new();
    for guess in line.guesses.iter().rev() {
        names.insert(normalise(&guess.name.text), guess.column);
        names.insert(normalise(&guess.shown), guess.column);
    }
    names
}
