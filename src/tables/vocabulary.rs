//! The words of headers, titles and total rows in both languages, compared as people compare them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;

use crate::measure::units::unit_power;
use crate::metric::{Metrics, Scenario};
use crate::period::Calendar;
use crate::period::parse::{Written, read_period};
use crate::text;

use super::grammar;

/// Characters of a header that may still be taken apart: longer ones are sentences.
const LONGEST_HEADER: usize = 40;
/// Headers of which it is kept what they say.
const MOST_DISSECTED: usize = 10_000;

/// All names that headers may use, normalised, in both languages, with the user's own.
#[derive(Debug)]
pub struct Vocabulary {
    columns: HashMap<String, Vec<&'static str>>,
    all_words: Vec<String>,
    copy_words: Vec<String>,
    cumulative_words: Vec<String>,
    currency_words: Vec<String>,
    metrics: HashMap<String, String>,
    scenarios: HashMap<String, Scenario>,
    stages: HashMap<String, String>,
    stage_dates: HashMap<String, String>,
    total_words: Vec<String>,
    value_words: Vec<String>,
    /// Headers that were taken apart before: files of one export have the same ones.
    dissected: Mutex<HashMap<String, Option<Dimensions>>>,
    pub calendar: Calendar,
}

/// What a header says about the figures below it. Whatever it leaves open, rows or titles say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dimensions {
    pub metric: Option<String>,
    pub scenario: Option<Scenario>,
    pub period: Option<Written>,
}

impl Dimensions {
    /// Both together; nothing where they contradict each other.
    pub fn and(self, other: Dimensions) -> Option<Dimensions> {
        fn one<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<Option<T>> {
            match (a, b) {
                (Some(a), Some(b)) if a != b => None,
                (a, b) => Some(a.or(b)),
            }
        }
        Some(Dimensions {
            metric: one(self.metric, other.metric)?,
            scenario: one(self.scenario, other.scenario)?,
            period: narrowed(self.period, other.period)?,
        })
    }
}

/// A year above months: together they are the months of that year.
fn narrowed(a: Option<Written>, b: Option<Written>) -> Option<Option<Written>> {
    let (Some(a), Some(b)) = (a, b) else { return Some(a.or(b)) };
    let context = |written: Written| match written {
        Written::Whole(period) => Some(crate::period::parse::Context::of(period)),
        _ => None,
    };
    let finer = match (a, b) {
        (Written::Whole(_), Written::Whole(_)) => (a == b).then_some(a),
        (Written::Whole(_), open) => open.resolve(context(a)?).map(Written::Whole),
        (open, Written::Whole(_)) => open.resolve(context(b)?).map(Written::Whole),
        // 一季度 above 1月: the finer one says it.
        (a, b) if a.kind() < b.kind() => Some(b),
        (a, b) => (a == b || b.kind() < a.kind()).then_some(a),
    };
    finer.map(Some)
}

impl Vocabulary {
    pub fn new(metrics: &Metrics, stages: &[String], calendar: &Calendar) -> Self {
        let mut columns: HashMap<String, Vec<&'static str>> = HashMap::new();
        for (key, wording) in text::wordings_below("column.") {
            let keys = columns.entry(normalise(wording)).or_default();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        columns.values_mut().for_each(|keys| keys.sort_unstable());
        let mut metric_names = HashMap::new();
        for metric in metrics.iter() {
            let own = std::iter::once(metric.key.as_str()).chain(metric.names.iter().map(String::as_str));
            for name in text::wordings(&format!("metric.{}", metric.key)).into_iter().chain(own) {
                metric_names.insert(normalise(name), metric.key.clone());
            }
        }
        let mut stage_names = HashMap::new();
        let mut stage_dates = HashMap::new();
        for stage in stages {
            for name in text::wordings(&format!("stage.{stage}")).into_iter().chain([stage.as_str()]) {
                stage_names.insert(normalise(name), stage.clone());
                // The day on which a deal was won is its close date, which has a column.
                let dates = text::wordings("word.stage_date").into_iter().filter(|_| stage != "won");
                let dates = dates.map(|wording| normalise(&text::fill(wording, &[("stage", name)])));
                stage_dates.extend(dates.map(|date| (date, stage.clone())));
            }
        }
        let words = |key| text::wordings(key).into_iter().map(normalise).collect::<Vec<String>>();
        let scenarios = Scenario::ALL.into_iter().flat_map(|scenario| {
            let names = text::wordings(&format!("scenario.{}", scenario.key()));
            names.into_iter().map(move |name| (normalise(name), scenario))
        });
        Vocabulary {
            columns,
            all_words: words("word.all").into_iter().chain(words("word.company")).collect(),
            copy_words: words("word.copy"),
            cumulative_words: words("word.cumulative"),
            currency_words: words("word.currency"),
            metrics: metric_names,
            scenarios: scenarios.collect(),
            stages: stage_names,
            stage_dates,
            total_words: words("word.total"),
            value_words: words("word.value"),
            dissected: Mutex::default(),
            calendar: calendar.clone(),
        }
    }

    /// Whether a text is, as a whole, a name that headers use: asked before anything is taken apart.
    pub fn knows(&self, text: &str) -> bool {
        if text.len() > 3 * LONGEST_HEADER {
            return false;
        }
        let name = Name::parse(text);
        name.candidates().into_iter().any(|name| {
            self.columns.contains_key(name)
                || self.metrics.contains_key(name)
                || self.scenarios.contains_key(name)
                || self.stages.contains_key(name)
                || self.stage_dates.contains_key(name)
        }) || read_period(&name.text).is_some()
    }

    /// Keys of the columns that a normalised name may be.
    pub fn fields(&self, name: &str) -> &[&'static str] {
        self.columns.get(name).map_or(&[], Vec::as_slice)
    }

    /// The column's name closest to a normalised one, among columns with these keys.
    pub fn nearest_field(&self, name: &str, keys: &[&str]) -> Option<String> {
        let known = self.columns.iter().filter(|(_, own)| own.iter().any(|key| keys.contains(key)));
        nearest(name, known.map(|(name, _)| name))
    }

    /// The key of the stage that a text names.
    pub fn stage(&self, text: &str) -> Option<&str> {
        self.stages.get(&normalise(text)).map(String::as_str)
    }

    /// The key of the stage of which a header says the day: `Qualified date`, 进入报价日期.
    pub fn stage_date(&self, text: &str) -> Option<&str> {
        self.stage_dates.get(&normalise(text)).map(String::as_str)
    }

    /// The key of a stage with a name close to a text that names none. Whether a deal is won is not suggested.
    pub fn nearest_stage(&self, text: &str) -> Option<String> {
        let open = self.stages.iter().filter(|(_, stage)| *stage != "won").map(|(name, _)| name);
        self.stages.get(&nearest(&normalise(text), open)?).cloned()
    }

    /// The metric that a text names, with or without a word such as "target".
    pub fn metric(&self, text: &str) -> Option<String> {
        let header = Name::parse(text);
        header.candidates().iter().find_map(|name| self.dimensions(name)).and_then(|found| found.metric)
    }

    /// A metric's name close to a text that names none.
    pub fn nearest_metric(&self, text: &str) -> Option<String> {
        nearest(&normalise(text), self.metrics.keys())
    }

    /// The one metric named in a title: by itself, as in `成本目标`, or somewhere in it: `2026年新客户目标`.
    pub fn metric_within(&self, title: &str) -> Option<String> {
        let before_unit = title.split(['(', '(']).next().unwrap_or(title);
        if let Some(metric) = self.dimensions(before_unit).and_then(|found| found.metric) {
            return Some(metric);
        }
        let title = normalise(title);
        // Short words such as `sales` are in every title, and say nothing.
        let is_telling = |name: &str| if name.is_ascii() { name.len() >= 8 } else { name.chars().count() >= 3 };
        let named = self
            .metrics
            .iter()
            .filter(|(name, _)| **name == title || (is_telling(name) && title.contains(name.as_str())));
        let mut keys: Vec<&String> = named.map(|(_, key)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        if let [key] = keys[..] { Some(key.clone()) } else { None }
    }

    /// The scenario that a cell or header names by itself: `Plan`, `实际`, `LE1`.
    pub fn scenario(&self, text: &str) -> Option<Scenario> {
        self.scenarios.get(&normalise(text)).copied()
    }

    /// Whether a title has a word for a scenario in it: `2026年销售目标`.
    pub fn says(&self, title: &str, scenario: Scenario) -> bool {
        let title = normalise(title);
        // `BU` and `PL` are in many words.
        let is_telling = |name: &str| if name.is_ascii() { name.len() >= 4 } else { name.chars().count() >= 2 };
        self.scenarios
            .iter()
            .any(|(name, named)| *named == scenario && is_telling(name) && title.contains(name.as_str()))
    }

    /// Takes a header apart into metric, scenario and period: `1月销售额目标`, `Jan actual`. Nothing unless
    /// every piece of it is understood.
    pub fn dimensions(&self, text: &str) -> Option<Dimensions> {
        if text.len() > 4 * LONGEST_HEADER {
            return None;
        }
        if let Some(known) = self.dissected.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return known.clone();
        }
        let folded = fold(text);
        let is_header = !folded.is_empty() && folded.chars().count() <= LONGEST_HEADER;
        let dimensions = if is_header { self.dissect(&folded, 3) } else { None };
        let mut dissected = self.dissected.lock().unwrap_or_else(PoisonError::into_inner);
        if dissected.len() < MOST_DISSECTED {
            dissected.insert(text.to_string(), dimensions.clone());
        }
        dimensions
    }

    fn dissect(&self, text: &str, pieces: u8) -> Option<Dimensions> {
        let text =
            text.trim_matches(|character: char| character.is_whitespace() || "_-.:·*#\"'`/\\()[]".contains(character));
        if let Some(whole) = self.piece(text) {
            return Some(whole);
        }
        if pieces <= 1 {
            return None;
        }
        let cuts = text.char_indices().skip(1).map(|(at, _)| at);
        let mut halves = cuts.map(|at| text.split_at(at));
        halves.find_map(|(left, right)| {
            let both = |piece: &str, rest: &str| {
                let piece = self.piece(piece).filter(|_| is_cut_off_safely(piece))?;
                piece.and(self.dissect(rest, pieces - 1)?)
            };
            both(left, right).or_else(|| both(right, left))
        })
    }

    /// A text that is one metric, scenario or period.
    fn piece(&self, text: &str) -> Option<Dimensions> {
        let name = normalise(text);
        if let Some(metric) = self.metrics.get(&name) {
            return Some(Dimensions { metric: Some(metric.clone()), ..Dimensions::default() });
        }
        if let Some(scenario) = self.scenarios.get(&name) {
            return Some(Dimensions { scenario: Some(*scenario), ..Dimensions::default() });
        }
        let period = read_period(text)?;
        Some(Dimensions { period: Some(period), ..Dimensions::default() })
    }

    /// Whether a text labels a total row: 合计, 华东小计, Grand total.
    pub fn is_total(&self, text: &str) -> bool {
        // Asked of every name in every row: the last character nearly always says no.
        let last = text.trim_end_matches([' ', ':', '：', '.']).chars().next_back();
        let may_end = |last: char| {
            !last.is_ascii() && !('\u{4e00}'..='\u{9fff}').contains(&last)
                || self.total_words.iter().any(|word| word.chars().next_back() == last.to_lowercase().next())
                // 總計 ends as 总计 does.
                || simplified(last) != last
        };
        if text.len() > 60 {
            return false;
        }
        if !last.is_some_and(may_end) {
            return self.begins_with_total(text);
        }
        let shown = text.to_lowercase();
        let name = normalise(text);
        // Gypsum is no sum: an English word stands for itself.
        let is_last_word = |word: &str| name.ends_with(word) && (!word.is_ascii() || last_word(&shown) == word);
        self.total_words.iter().any(|word| name == *word || is_last_word(word)) || self.begins_with_total(text)
    }

    /// `Total Income`, `Total expenses`: in English the word may come first. `Total care` may be somebody's
    /// name: what follows has to be proved by the figures (see `totals`).
    fn begins_with_total(&self, text: &str) -> bool {
        let Some(first) = text.split_whitespace().next().filter(|first| first.len() >= 5 && first.is_ascii()) else {
            return false;
        };
        let first = first.to_lowercase();
        self.total_words.contains(&first)
    }

    /// Whether a total's label may as well be a name: only its first word says total.
    pub fn is_doubtful_total(&self, text: &str) -> bool {
        let name = normalise(text);
        let shown = text.to_lowercase();
        let is_sure = |word: &String| {
            name == *word || name.ends_with(word.as_str()) && (!word.is_ascii() || last_word(&shown) == word.as_str())
        };
        // `Subtotal West` is nobody's name.
        let first = shown.split_whitespace().next().unwrap_or("");
        let is_subtotal = first != "total" && first != "sum" && self.total_words.iter().any(|word| word == first);
        !is_subtotal && !self.total_words.iter().any(is_sure)
    }

    /// Whether a label stands for all units together: 全公司, All regions. Such a row may be the sum of others.
    pub fn says_all(&self, text: &str) -> bool {
        // Asked of every label: the first character nearly always says no.
        let first = text.chars().next().map(|first| simplified(first.to_ascii_lowercase()));
        if text.len() > 60 || !self.all_words.iter().any(|word| word.chars().next() == first) {
            return false;
        }
        let name = normalise(text);
        self.all_words.contains(&name) || text.to_lowercase().starts_with("all ")
    }

    /// Whether a title says that figures are running sums: 累计, YTD.
    pub fn says_cumulative(&self, title: &str) -> bool {
        has_word(title, &self.cumulative_words)
    }

    /// Whether a header has a word of a figure in it, so that it matters when its column is not used.
    pub fn hints_at_figure(&self, text: &str) -> bool {
        let name = normalise(text);
        let is_rate =
            ["%", "率", "差", "variance", "rate", "percent", "rank", "排名"].iter().any(|word| name.contains(word));
        let is_telling = |word: &str| if word.is_ascii() { word.len() >= 5 } else { word.chars().count() >= 2 };
        let names = self.metrics.keys().chain(self.scenarios.keys());
        !is_rate && names.into_iter().any(|word| is_telling(word) && name.contains(word.as_str()))
    }

    /// Whether a normalised name is that of a column of currencies.
    pub fn is_currency(&self, name: &str) -> bool {
        self.currency_words.iter().any(|word| word == name)
    }

    /// Whether a normalised name says no more than "value".
    pub fn is_value(&self, name: &str) -> bool {
        self.value_words.iter().any(|word| word == name)
    }

    /// Whether a header has a word for a total in it: 合计, 全年合计, Total sales.
    pub fn is_total_header(&self, text: &str) -> bool {
        let name = normalise(text);
        let words: Vec<String> =
            text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(str::to_string).collect();
        self.total_words.iter().any(|word| {
            if word.is_ascii() {
                words.contains(word) || name == *word
            } else {
                name.starts_with(word.as_str()) || name.ends_with(word.as_str())
            }
        })
    }

    /// Whether a sheet's or file's name says that it is a copy: 备份, `Sheet1 (2)`, backup.
    pub fn says_copy(&self, name: &str) -> bool {
        numbered_copy_of(name).is_some() || has_word(name, &self.copy_words)
    }
}

/// Whether a text has one of these normalised words in it: in Latin script as a word of its own.
fn has_word(text: &str, words: &[String]) -> bool {
    let own: Vec<String> = text.split(|character: char| !character.is_alphanumeric()).map(normalise).collect();
    let whole = normalise(text);
    words.iter().any(|word| if word.is_ascii() { own.contains(word) } else { whole.contains(word.as_str()) })
}

/// `Sales` for `Sales (2)`, the name that spreadsheet programs give to a copy of a sheet.
pub fn numbered_copy_of(name: &str) -> Option<&str> {
    let (original, number) = name.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| original.trim_end())
}

/// Whether a piece may be cut off a longer word: short ones would be found in anything.
fn is_cut_off_safely(piece: &str) -> bool {
    let name = normalise(piece);
    let n = name.chars().count();
    if name.is_ascii() { n >= 3 || name.starts_with('q') && n == 2 } else { n >= 2 }
}

/// The last word of a text in Latin script.
fn last_word(text: &str) -> &str {
    let text = text.trim_end_matches(|character: char| !character.is_alphanumeric());
    text.rsplit(|character: char| !character.is_ascii_alphanumeric()).next().unwrap_or("")
}

/// Width, case and script folded; blanks and marks kept.
fn fold(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).map(simplified).collect::<String>().trim().to_string()
}

/// Names compare without case, width, white space, script (traditional or simplified) and the marks that only
/// decorate.
pub fn normalise(text: &str) -> String {
    let dropped = |character: char| character.is_whitespace() || "_-.:·*#\"'`/\\".contains(character);
    if text.is_ascii() {
        return text.chars().map(|character| character.to_ascii_lowercase()).filter(|c| !dropped(*c)).collect();
    }
    text.nfkc().flat_map(char::to_lowercase).map(simplified).filter(|character| !dropped(*character)).collect()
}

/// Traditional characters that headers of sales workbooks use, each before its simplified form.
const TRADITIONAL: &str = "銷销實实際际標标預预區区團团隊队員员號号產产戶户數数訂订單单週周萬万億亿總总計计業业務务負负責责達达\
    績绩額额銀银時时間间開开結结束束場场規规進进階阶線线潛潜報报價价談谈簽签約约執执費费項项備备註注營营額额質质轉转換换\
    率率類类別别種种組组織织經经濟济緯纬處处個个張张臺台灣湾東东華华廣广島岛縣县鄉乡鎮镇機机會会電电話话聯联繫系絡络網网\
    頁页級级層层稱称編编碼码狀状態态圍围續续紀纪錄录變变動动調调檢检審审準准確确認认識识獎奖懲惩點点財财歲岁曆历書书權权\
    資资訊讯稅税貨货運运輸输關关於于個个來来們们發发這这過过還还門门問问題题顧顾險险雙双離离難难與与異异齊齐觀观戰战劃划";

/// The simplified form of a character that headers use.
fn simplified(character: char) -> char {
    // Most characters are no such ones: the common case costs one comparison.
    if character < '\u{4e00}' {
        return character;
    }
    static PAIRS: std::sync::LazyLock<HashMap<char, char>> = std::sync::LazyLock::new(|| {
        let characters: Vec<char> = TRADITIONAL.chars().filter(|character| !character.is_whitespace()).collect();
        characters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    });
    PAIRS.get(&character).copied().unwrap_or(character)
}

fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut scored: Vec<(f64, &String)> =
        names.map(|other| (strsim::jaro_winkler(name, other), other)).filter(|(score, _)| *score >= 0.85).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.first().map(|(_, name)| (*name).clone())
}

/// A header cell's text, taken apart into its name and its unit.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub whole: String,
    pub base: Option<String>,
    pub power: Option<i16>,
}

impl Name {
    pub fn parse(text: &str) -> Self {
        let text = grammar::clean(text);
        let folded: String = text.nfkc().collect();
        // `Amount ($`: exports cut headers off.
        let split = match folded.strip_suffix([')', ']']) {
            Some(rest) => rest.rsplit_once(['(', '[']),
            None => folded.rsplit_once(['(', '[']),
        };
        let (base, power) = match split {
            Some((base, inner)) => (Some(normalise(base)), unit_power(inner)),
            None if folded.ends_with('%') => (Some(normalise(folded.trim_end_matches('%'))), Some(-2)),
            // `Sales, in thousands`, `销售额/万元`, `Revenue $m`.
            None => [',', ';', '/', '-', ' ']
                .into_iter()
                .find_map(|mark| {
                    let (base, unit) = if mark == ',' { folded.split_once(mark)? } else { folded.rsplit_once(mark)? };
                    let power = unit_power(unit.trim()).filter(|power| *power > 0 && !base.trim().is_empty())?;
                    // `Team M` is no million: a bare letter is a unit only behind a currency.
                    let is_plain = mark == ' ' && unit.trim().chars().count() < 2;
                    (!is_plain).then(|| (Some(normalise(base)), Some(power)))
                })
                .unwrap_or((None, None)),
        };
        let whole = normalise(&folded).replace(['(', ')', '[', ']'], "");
        Name { text, whole, base, power }
    }

    /// The names by which it may be known, the longest first.
    pub fn candidates(&self) -> Vec<&str> {
        [Some(self.whole.as_str()), self.base.as_deref()]
            .into_iter()
            .flatten()
            .filter(|name| !name.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn vocabulary() -> Vocabulary {
        let materiality = crate::metric::Materiality {
            absolute: crate::measure::Amount::ZERO,
            relative: crate::measure::Amount::ZERO,
            both: true,
        };
        let metrics = Metrics::new(&std::collections::BTreeMap::new(), materiality).unwrap();
        Vocabulary::new(&metrics, &[], &Calendar::default())
    }

    #[test]
    fn a_total_is_a_word_of_its_own() {
        for (text, expected) in [
            ("合计", true),
            ("總計", true),
            ("华东小计", true),
            ("Grand total", true),
            ("North-Total:", true),
            ("Total Income", true),
            ("Sum", true),
            ("Gypsum", false),
            ("Possum", false),
            ("Totally", false),
            ("华东", false),
        ] {
            assert_eq!(vocabulary().is_total(text), expected, "{text}");
        }
        assert!(vocabulary().is_doubtful_total("Total care"));
        assert!(!vocabulary().is_doubtful_total("华东小计"));
    }

    #[test]
    fn headers_are_taken_apart() {
        let vocabulary = vocabulary();
        let said = |text: &str| match vocabulary.dimensions(text) {
            None => "–".to_string(),
            Some(Dimensions { metric, scenario, period }) => format!(
                "{} {} {}",
                metric.unwrap_or_default(),
                scenario.map_or("", Scenario::key),
                period.map_or(String::new(), |period| match period {
                    Written::Whole(period) => period.to_string(),
                    open => format!("{:?}", open.kind()),
                })
            )
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        };
        for (text, expected) in [
            ("实际", "actual"),
            ("實際銷售額", "sales_amount actual"),
            ("1月目标", "plan Month"),
            ("2026年3月实际", "actual 2026-03"),
            ("Jan actual", "actual Month"),
            ("Q1 Plan", "plan Quarter"),
            ("新客户目标", "new_customers plan"),
            ("1月销售额目标", "sales_amount plan Month"),
            ("Sales (Jan)", "sales_amount Month"),
            ("Target date", "–"),
            ("完成率", "–"),
            ("Sales tax", "–"),
            ("Day3", "Day"),
            ("LE1", "forecast"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn traditional_headers_are_the_simplified_ones() {
        for (traditional, simplified) in
            [("銷售額", "销售额"), ("訂單編號", "订单编号"), ("實際業績", "实际业绩"), ("團隊", "团队")]
        {
            assert_eq!(normalise(traditional), normalise(simplified));
        }
    }

    #[test]
    fn units_behind_a_name() {
        let parsed = |text: &str| {
            let name = Name::parse(text);
            (name.base.unwrap_or_default(), name.power)
        };
        for (text, base, power) in [
            ("Revenue (k$)", "revenue", Some(3)),
            ("Revenue $m", "revenue", Some(6)),
            ("销售额/万元", "销售额", Some(4)),
            ("Profit, in millions", "profit", Some(6)),
            ("Team M", "", None),
            ("Order date", "", None),
        ] {
            assert_eq!(parsed(text), (base.to_string(), power), "{text}");
        }
    }

    #[test]
    fn a_header_cut_off_still_has_its_name() {
        let name = Name::parse("Amount ($");
        assert_eq!((name.base.as_deref(), name.power), (Some("amount"), Some(0)));
        assert_eq!(Name::parse("销售额(万元)").power, Some(4));
        assert_eq!(Name::parse("Sales, in thousands").power, Some(3));
    }
}
