//! Names of files made from names in the data: safe on every system, whatever somebody is called.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

/// Bytes of a name at most, without its ending.
const MOST_BYTES: usize = 120;
/// `__` and eight digits of a hash.
const SUFFIX_BYTES: usize = 10;

/// Names that Windows keeps for devices, whatever ending follows.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// One name for each pair of a name and a key that is its alone, in the same order. Where two would be the same file
/// on a system that does not tell case apart, each gets a part of its key's hash: none of them is taken for the other.
pub fn file_names(named: &[(String, String)]) -> Vec<String> {
    let plain: Vec<String> = named.iter().map(|(name, _)| file_name(name)).collect();
    let mut counts: HashMap<String, usize> = HashMap::new();
    plain.iter().for_each(|name| *counts.entry(folded(name)).or_default() += 1);
    let unique = plain.iter().zip(named).map(|(name, (_, key))| {
        if counts[&folded(name)] == 1 && !has_suffix(name) {
            return name.clone();
        }
        let hash = blake3::hash(key.as_bytes()).to_hex();
        format!("{}__{}", cut(name, MOST_BYTES - SUFFIX_BYTES), &hash[..8])
    });
    unique.collect()
}

/// A name without what a file system or a reader of its list could stumble over.
fn file_name(name: &str) -> String {
    let replaced: String = name.nfc().filter_map(allowed).nfc().collect();
    // `~$` begins what Excel writes while a workbook is open.
    let begun = replaced.trim_start_matches(['.', '-', '~', ' ']);
    let name = cut(begun, MOST_BYTES);
    let stem = name.split('.').next().unwrap_or("").trim_end().to_lowercase();
    let is_numbered = ["com", "lpt"].iter().any(|port| {
        let number = stem.strip_prefix(port).map(|rest| rest.chars().collect::<Vec<char>>());
        matches!(number.as_deref(), Some(['0'..='9' | '¹' | '²' | '³']))
    });
    if name.is_empty() || DEVICES.contains(&stem.as_str()) || is_numbered {
        return format!("_{}", cut(&name, MOST_BYTES - 1));
    }
    name
}

/// A character that may stand in a name, another in its place, or none where it has no width.
fn allowed(character: char) -> Option<char> {
    match character {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => Some('_'),
        // Zero-width characters, joiners, marks and embeddings of direction, invisible operators, the byte-order mark.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => None,
        // Every other blank looks like a blank, and does not end a line.
        character if character.is_whitespace() => Some(' '),
        character if character.is_control() => Some('_'),
        character => Some(character),
    }
}

/// At most so many bytes of a name, whole characters, without a dot or blank at its end.
fn cut(name: &str, most: usize) -> String {
    let mut end = most.min(name.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name[..end].trim_end_matches(['.', ' ']).to_string()
}

/// Whether a name looks like one of those made unique: somebody may be called so.
fn has_suffix(name: &str) -> bool {
    let tail = name.rsplit_once("__").map(|(_, tail)| tail);
    tail.is_some_and(|tail| tail.len() == 8 && tail.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// As file systems compare that do not tell case apart; they need not tell compositions apart either.
fn folded(name: &str) -> String {
    name.to_lowercase().to_uppercase().to_lowercase().nfkd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names of every kind that breaks something, and every pair of them put together.
    fn hostile() -> Vec<String> {
        let parts = [
            "",
            ".",
            "..",
            "-",
            "--rm",
            " ",
            "\u{a0}",
            "~$x",
            "a/b",
            "..\\..\\etc",
            "C:",
            "x\0y",
            "\r\n",
            "\t",
            "con",
            "CON",
            "nul.txt",
            "Com1",
            "lpt9.x",
            "COM¹",
            "conin$",
            "Ann Lee",
            "ANN LEE",
            "ann lee.",
            "Ünal",
            "U\u{308}nal",
            "\u{202e}gpj.exe",
            "\u{200b}",
            "\u{feff}李雷",
            "李雷",
            "a*?\"<>|",
            "\u{7f}",
            "\u{85}",
            "e\u{301}",
            "ß",
            "SS",
            "ẞ",
            "ﬁ",
            "x__0123abcd",
            "İ",
            "i\u{307}",
            "🙂",
            "\u{e0041}",
            "'",
            "=1+1",
            "%2e%2e",
            "$(id)",
            "`id`",
            "&",
            "...",
            ". .",
            "- -.",
            "\u{2028}",
            "\u{1b}[2J",
        ];
        let long = [
            "x".repeat(300),
            "李".repeat(100),
            "é".repeat(119),
            format!("{}.", "y".repeat(119)),
            format!("{} . .", "z".repeat(118)),
        ];
        let mut names: Vec<String> = parts.iter().map(|part| (*part).to_string()).chain(long).collect();
        let pairs: Vec<String> = names.iter().flat_map(|a| names.iter().map(move |b| format!("{a}{b}"))).collect();
        names.extend(pairs);
        names
    }

    #[test]
    fn any_name_becomes_a_file_of_its_own() {
        let named: Vec<(String, String)> =
            hostile().into_iter().enumerate().map(|(index, name)| (name, index.to_string())).collect();
        let names = file_names(&named);
        assert_eq!(names.len(), named.len());
        let folder = tempfile::tempdir().unwrap();
        let mut seen = std::collections::HashSet::new();
        for (name, (raw, _)) in names.iter().zip(&named) {
            assert!(!name.is_empty() && name.len() <= MOST_BYTES, "{raw:?} → {name:?}");
            assert!(!name.starts_with(['.', '-', '~', ' ']) && !name.ends_with(['.', ' ']), "{raw:?} → {name:?}");
            let is_bad = |c: char| "/\\:*?\"<>|".contains(c) || c.is_control() || allowed(c) != Some(c);
            assert!(!name.contains(is_bad), "{raw:?} → {name:?}");
            assert!(unicode_normalization::is_nfc(name), "{raw:?} → {name:?}");
            let stem = name.split('.').next().unwrap().trim_end().to_lowercase();
            assert!(!["con", "nul", "com1", "lpt9", "com¹", "conin$"].contains(&stem.as_str()), "{raw:?} → {name:?}");
            assert!(seen.insert(folded(name)), "{raw:?} → {name:?}");
            let path = folder.path().join(format!("{name}.xlsx"));
            assert_eq!(path.parent(), Some(folder.path()));
            std::fs::write(&path, b"").unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), names.len());
    }

    #[test]
    fn good_names_stay_as_they_are() {
        let named =
            ["North", "华东 大区", "Ann Lee", "O'Neil & Sons", "A.B"].map(|name| (name.to_string(), name.to_string()));
        assert_eq!(file_names(&named), ["North", "华东 大区", "Ann Lee", "O'Neil & Sons", "A.B"]);
    }

    #[test]
    fn names_that_differ_in_case_only_get_a_suffix_that_stays() {
        let pair = |name: &str, key: &str| (name.to_string(), key.to_string());
        let both = file_names(&[pair("Ann Lee", "e1"), pair("ann lee", "e2")]);
        assert!(both[0].starts_with("Ann Lee__") && both[1].starts_with("ann lee__"), "{both:?}");
        assert_eq!(file_names(&[pair("ann lee", "e2"), pair("Ann Lee", "e1")]), [both[1].clone(), both[0].clone()]);
    }
}
