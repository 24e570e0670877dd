//! Every word a user sees, in both languages.
//!
//! `text/en.txt` and `text/zh.txt` hold one `key = wording | wording …` a line.
//! The first wording is written; all wordings of all languages are accepted when
//! headers are read. There is no fallback: a key that is missing is a bug, and a test finds it.

use std::collections::HashMap;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The language of what is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    En,
    Zh,
}

type Words = HashMap<&'static str, Vec<&'static str>>;

static ENGLISH: LazyLock<Words> = LazyLock::new(|| parse(include_str!("text/en.txt")));
static CHINESE: LazyLock<Words> = LazyLock::new(|| parse(include_str!("text/zh.txt")));

fn parse(text: &'static str) -> Words {
    text.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, wordings)| (key.trim(), wordings.split(" | ").map(unquoted).collect()))
        .collect()
}

/// A wording in quotation marks keeps the blanks at its ends.
fn unquoted(wording: &str) -> &str {
    let wording = wording.trim();
    wording.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(wording)
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::En, Lang::Zh];

    pub fn code(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh",
        }
    }

    /// Reads `en`, `zh`, or a locale name such as `zh_CN.UTF-8`.
    pub fn from_locale(text: &str) -> Option<Lang> {
        match text.get(..2)?.to_lowercase().as_str() {
            "en" => Some(Lang::En),
            "zh" => Some(Lang::Zh),
            _ => None,
        }
    }

    fn words(self) -> &'static Words {
        match self {
            Lang::En => &ENGLISH,
            Lang::Zh => &CHINESE,
        }
    }

    /// The word that is written for a key.
    pub fn word(self, key: &str) -> &'static str {
        match self.words().get(key).and_then(|wordings| wordings.first()) {
            Some(word) => word,
            None => panic!("no wording for `{key}` in {}.txt", self.code()),
        }
    }

    /// The sentence for a key, with `{name}` replaced.
    pub fn say(self, key: &str, arguments: &[(&str, &str)]) -> String {
        fill(self.word(key), arguments)
    }

    /// All keys, for tests and listings.
    pub fn keys(self) -> Vec<&'static str> {
        let mut keys: Vec<&str> = self.words().keys().copied().collect();
        keys.sort_unstable();
        keys
    }
}

/// Replaces `{name}` in one pass, so that a value may itself contain braces.
pub fn fill(template: &str, arguments: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        let name = &rest[open + 1..open + length];
        filled.push_str(&rest[..open]);
        match arguments.iter().find(|(argument, _)| *argument == name) {
            Some((_, value)) => filled.push_str(value),
            None => filled.push_str(&rest[open..=open + length]),
        }
        rest = &rest[open + length + 1..];
    }
    filled.push_str(rest);
    filled
}

/// Every wording of a key in every language: what headers may say.
pub fn wordings(key: &str) -> Vec<&'static str> {
    Lang::ALL.into_iter().filter_map(|lang| lang.words().get(key)).flatten().copied().collect()
}

/// Every wording of every language for the keys below a prefix, with the key.
pub fn wordings_below(prefix: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    Lang::ALL.into_iter().flat_map(move |lang| {
        lang.words()
            .iter()
            .filter_map(move |(key, wordings)| Some((key.strip_prefix(prefix)?, wordings)))
            .flat_map(|(key, wordings)| wordings.iter().map(move |wording| (key, *wording)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys() {
        assert_eq!(Lang::En.keys(), Lang::Zh.keys());
    }

    #[test]
    fn both_languages_use_the_same_arguments() {
        let names = |text: &str| {
            let mut names: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}'))
                .map(|(name, _)| name.to_string())
                .collect();
            names.sort();
            names.dedup();
            names
        };
        for key in Lang::En.keys() {
            assert_eq!(names(Lang::En.word(key)), names(Lang::Zh.word(key)), "{key}");
        }
    }

    #[test]
    fn no_line_is_lost() {
        for text in [include_str!("text/en.txt"), include_str!("text/zh.txt")] {
            let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).count();
            assert_eq!(parse(text).len(), lines, "a key is written twice, or a line has no ` = `");
        }
    }

    #[test]
    fn braces_in_values_stay() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "x")]), "{b} and x");
        assert_eq!(fill("{unknown}", &[]), "{unknown}");
    }
}
