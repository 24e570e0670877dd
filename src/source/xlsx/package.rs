//! The zip package of a workbook: its directory, and its parts inflated in windows.
//!
//! Read from the central directory only, which is what counts; sizes that it claims are checks, never
//! allocations. Format: PKWARE APPNOTE 6.3 (zip64, stored and deflated entries).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Decompress, FlushDecompress, Status};

use crate::problem::Kind;
use crate::source::content::Content;
use crate::source::limits::Limits;

/// Compressed bytes read at a time.
const INPUT: usize = 32 << 10;
/// Unpacked bytes that a part may have before its compression ratio is looked at.
const RATIO_FREE: u64 = 16 << 20;

/// The directory of a package.
pub struct Package<'a> {
    content: &'a Content,
    limits: &'a Limits,
    parts: HashMap<String, Part>,
    /// Bytes unpacked so far, over all parts.
    unpacked: AtomicU64,
    /// Bytes before the zip itself, which its offsets do not count.
    shift: u64,
}

/// One entry of the directory.
#[derive(Clone, Debug)]
struct Part {
    method: u16,
    checksum: u32,
    packed: u64,
    size: u64,
    /// Where its local header stands.
    offset: u64,
    is_encrypted: bool,
    /// Its place in the directory.
    position: usize,
    /// What else the directory says of it, for a copy.
    entry: Entry,
}

/// An entry of the directory as it is written.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    /// Day and time in the format of MS-DOS.
    pub time: u32,
    pub checksum: u32,
    /// Bytes when unpacked.
    pub size: u64,
    pub attributes: u32,
}

/// A part as it is packed.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Its name as [`Package`] compares it.
    pub name: String,
    pub entry: Entry,
    pub bytes: Vec<u8>,
}

fn damaged(detail: &str) -> Kind {
    Kind::DamagedPackage { detail: detail.to_string() }
}

/// Little-endian numbers of a record; beyond its end everything is zero, and lengths are checked before.
struct Record<'a>(&'a [u8]);

impl Record<'_> {
    fn number(&self, at: usize, width: usize) -> u64 {
        let bytes = self.0.get(at..at + width).unwrap_or(&[]);
        bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn short(&self, at: usize) -> u16 {
        u16::try_from(self.number(at, 2)).unwrap_or(0)
    }

    fn long(&self, at: usize) -> u32 {
        u32::try_from(self.number(at, 4)).unwrap_or(0)
    }
}

impl<'a> Package<'a> {
    /// Reads the directory.
    ///
    /// # Errors
    /// That it is damaged, or asks for more than a workbook needs.
    pub fn open(content: &'a Content, limits: &'a Limits) -> Result<Self, Kind> {
        let directory = Directory::find(content)?;
        limits.check("zip_entries", directory.n_entries, limits.zip_entries)?;
        // An entry takes 46 bytes and a name; nothing honest has names of kilobytes.
        if directory.size > limits.zip_entries.saturating_mul(4096) || directory.size > content.size {
            return Err(damaged("the directory's size is impossible"));
        }
        let mut bytes = vec![0; usize::try_from(directory.size).unwrap_or(0)];
        let offset = directory.offset.saturating_add(directory.shift);
        if content.read_at(offset, &mut bytes)? < bytes.len() {
            return Err(damaged("the directory is cut off"));
        }
        let mut parts = HashMap::new();
        let mut extents = Vec::new();
        let mut rest = &bytes[..];
        for position in 0..directory.n_entries {
            let (mut part, name, name_length, used) =
                entry(rest).ok_or_else(|| damaged("an entry of the directory is broken"))?;
            rest = &rest[used..];
            part.position = usize::try_from(position).unwrap_or(usize::MAX);
            let end = part.offset.checked_add(30 + name_length).and_then(|start| start.checked_add(part.packed));
            let end = end.filter(|end| *end <= directory.offset).ok_or_else(|| damaged("a part lies outside"))?;
            extents.push((part.offset, end));
            // Part names compare without case, and producers on Windows have written backslashes.
            let name = name.replace('\\', "/").trim_start_matches('/').to_lowercase();
            if !name.ends_with('/') && parts.insert(name.clone(), part).is_some() {
                return Err(Kind::DuplicatePart { part: name });
            }
        }
        extents.sort_unstable();
        if extents.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err(Kind::DuplicatePart { part: "…".to_string() });
        }
        Ok(Package { content, limits, parts, unpacked: AtomicU64::new(0), shift: directory.shift })
    }

    pub fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&name.to_lowercase())
    }

    /// Bytes that a part takes in the package.
    pub fn packed_size(&self, name: &str) -> u64 {
        self.parts.get(&name.to_lowercase()).map_or(0, |part| part.packed)
    }

    /// Opens a part for reading in windows.
    ///
    /// # Errors
    /// That the part is not there, or is packed in a way that workbooks are not.
    pub fn part(&self, name: &str) -> Result<PartReader<'_>, Kind> {
        let part = self.parts.get(&name.to_lowercase()).ok_or(Kind::NotAWorkbook { missing: name.to_string() })?;
        if part.is_encrypted {
            return Err(Kind::PasswordProtected);
        }
        let method = match part.method {
            0 => Method::Stored,
            8 => Method::Deflated(Box::new(Decompress::new(false))),
            other => return Err(damaged(&format!("{name}: compression method {other}"))),
        };
        let start = self.data_of(part, name)?;
        Ok(PartReader {
            package: self,
            name: name.to_string(),
            method,
            next: start,
            left: part.packed,
            input: Vec::new(),
            used: 0,
            produced: 0,
            size: part.size,
            packed: part.packed,
            checksum: part.checksum,
            hasher: crc32fast::Hasher::new(),
            is_done: false,
        })
    }

    /// Where a part's data begins.
    fn data_of(&self, part: &Part, name: &str) -> Result<u64, Kind> {
        // The local header's own lengths say where; everything else in it is ignored.
        let mut header = [0; 30];
        let offset = part.offset.saturating_add(self.shift);
        if self.content.read_at(offset, &mut header)? < header.len() || !header.starts_with(b"PK\x03\x04") {
            return Err(damaged(&format!("{name}: no local header")));
        }
        let record = Record(&header);
        Ok(offset + 30 + record.number(26, 2) + record.number(28, 2))
    }

    /// All parts as they are packed, in the directory's order; each has been unpacked once to be what its entry says.
    ///
    /// # Errors
    /// Damage, or a limit.
    pub fn packed(&self) -> Result<Vec<Packed>, Kind> {
        let mut parts: Vec<(&String, &Part)> = self.parts.iter().collect();
        parts.sort_unstable_by_key(|(_, part)| part.position);
        let mut packed = Vec::new();
        let mut unused = vec![0; INPUT];
        for (name, part) in parts {
            let mut reader = self.part(name)?;
            while reader.fill(&mut unused)?.1 {}
            let mut bytes = vec![0; usize::try_from(part.packed).unwrap_or(0)];
            if self.content.read_at(self.data_of(part, name)?, &mut bytes)? < bytes.len() {
                return Err(damaged(&format!("{name}: cut off")));
            }
            packed.push(Packed { name: name.clone(), entry: part.entry.clone(), bytes });
        }
        Ok(packed)
    }

    /// A small part as a whole: everything but sheets and shared strings.
    ///
    /// # Errors
    /// As [`Package::part`], and when it is larger than `[limits] part_bytes`.
    pub fn whole(&self, name: &str) -> Result<Vec<u8>, Kind> {
        let mut reader = self.part(name)?;
        let mut window = Window::new(&reader);
        loop {
            let more = window.fill(&mut reader)?;
            self.limits.check("part_bytes", window.filled as u64, self.limits.part_bytes)?;
            if !more {
                window.bytes.truncate(window.filled);
                return Ok(window.bytes);
            }
        }
    }
}

/// Where the directory is.
struct Directory {
    n_entries: u64,
    size: u64,
    offset: u64,
    shift: u64,
}

impl Directory {
    fn find(content: &Content) -> Result<Self, Kind> {
        // The end record has 22 bytes and a comment of at most 65,535.
        let (_, tail) = content.ends(22 + 65_535 + 20)?;
        let tail_start = content.size - tail.len() as u64;
        let end = memchr::memmem::rfind(&tail, b"PK\x05\x06")
            .filter(|end| tail.len() - end >= 22)
            .ok_or(Kind::IncompleteWorkbook { detail: "no central directory".to_string() })?;
        let record = Record(&tail[end..]);
        let mut found = Directory {
            n_entries: record.number(10, 2),
            size: record.number(12, 4),
            offset: record.number(16, 4),
            shift: 0,
        };
        let mut stands_at = tail_start + end as u64;
        let is_zip64 = found.n_entries == 0xffff || found.size == 0xffff_ffff || found.offset == 0xffff_ffff;
        if let Some(locator) = end.checked_sub(20).filter(|_| is_zip64)
            && tail[locator..].starts_with(b"PK\x06\x07")
        {
            let at = Record(&tail[locator..]).number(8, 8);
            let mut bytes = [0; 56];
            if content.read_at(at, &mut bytes)? < bytes.len() || !bytes.starts_with(b"PK\x06\x06") {
                return Err(damaged("the zip64 end record is missing"));
            }
            let record = Record(&bytes);
            found.n_entries = record.number(32, 8);
            found.size = record.number(40, 8);
            found.offset = record.number(48, 8);
            stands_at = at;
        }
        let end = found.offset.checked_add(found.size).ok_or_else(|| damaged("the directory's place is impossible"))?;
        found.shift = stands_at.checked_sub(end).ok_or_else(|| damaged("the directory's place is impossible"))?;
        Ok(found)
    }
}

/// One entry of the directory, its name, the bytes of the name, and how many the entry takes.
fn entry(bytes: &[u8]) -> Option<(Part, String, u64, usize)> {
    if bytes.len() < 46 || !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let record = Record(bytes);
    let (name_length, extra_length) = (usize::from(record.short(28)), usize::from(record.short(30)));
    let used = 46 + name_length + extra_length + usize::from(record.short(32));
    let name = String::from_utf8_lossy(bytes.get(46..46 + name_length)?).to_string();
    let extra = bytes.get(46 + name_length..46 + name_length + extra_length)?;
    bytes.get(..used)?;
    let mut part = Part {
        method: record.short(10),
        checksum: record.long(16),
        packed: record.number(20, 4),
        size: record.number(24, 4),
        offset: record.number(42, 4),
        is_encrypted: record.short(8) & 1 != 0,
        position: 0,
        entry: Entry::default(),
    };
    // Zip64 puts the numbers that do not fit into an extra field, in this order.
    let mut fields = extra;
    while fields.len() >= 4 {
        let field = Record(fields);
        let length = usize::from(field.short(2));
        if field.short(0) == 1 {
            let mut at = 4;
            for number in [&mut part.size, &mut part.packed, &mut part.offset] {
                if *number == 0xffff_ffff {
                    if at + 8 > 4 + length {
                        return None;
                    }
                    *number = field.number(at, 8);
                    at += 8;
                }
            }
        }
        fields = fields.get(4 + length..).unwrap_or(&[]);
    }
    part.entry = Entry {
        name: bytes[46..46 + name_length].to_vec(),
        flags: record.short(8),
        method: part.method,
        time: record.long(12),
        checksum: part.checksum,
        size: part.size,
        attributes: record.long(38),
    };
    Some((part, name, name_length as u64, used))
}

enum Method {
    Stored,
    Deflated(Box<Decompress>),
}

/// Reads one part, window by window. Limits are counted on what comes out, not on what is claimed.
pub struct PartReader<'a> {
    package: &'a Package<'a>,
    name: String,
    method: Method,
    /// Where the next compressed bytes stand, and how many are left.
    next: u64,
    left: u64,
    input: Vec<u8>,
    used: usize,
    produced: u64,
    size: u64,
    packed: u64,
    checksum: u32,
    hasher: crc32fast::Hasher,
    is_done: bool,
}

impl PartReader<'_> {
    /// Bytes that the part claims to have unpacked: a hint, and checked at the end.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Fills the output as far as the part goes; returns how many bytes, and whether there is more. At the end
    /// it has been what its directory entry says.
    ///
    /// # Errors
    /// Damage, or a limit.
    pub fn fill(&mut self, output: &mut [u8]) -> Result<(usize, bool), Kind> {
        let mut filled = 0;
        while filled < output.len() && !self.is_done {
            filled += self.step(&mut output[filled..])?;
        }
        self.hasher.update(&output[..filled]);
        self.count(filled as u64)?;
        if self.is_done {
            self.check_end()?;
        }
        Ok((filled, !self.is_done))
    }

    fn step(&mut self, output: &mut [u8]) -> Result<usize, Kind> {
        if self.used == self.input.len() && self.left > 0 {
            let length = usize::try_from(self.left).unwrap_or(INPUT).min(INPUT);
            self.input.resize(length, 0);
            if self.package.content.read_at(self.next, &mut self.input)? < length {
                return Err(damaged(&format!("{}: cut off", self.name)));
            }
            self.used = 0;
            self.next += length as u64;
            self.left -= length as u64;
        }
        let input = &self.input[self.used..];
        match &mut self.method {
            Method::Stored => {
                let length = input.len().min(output.len());
                output[..length].copy_from_slice(&input[..length]);
                self.used += length;
                self.is_done = self.left == 0 && self.used == self.input.len();
                Ok(length)
            }
            Method::Deflated(inflater) => {
                let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
                let status = inflater
                    .decompress(input, output, FlushDecompress::None)
                    .map_err(|error| damaged(&format!("{}: {error}", self.name)))?;
                let consumed = usize::try_from(inflater.total_in() - before_in).unwrap_or(usize::MAX);
                let length = usize::try_from(inflater.total_out() - before_out).unwrap_or(usize::MAX);
                self.used += consumed;
                match status {
                    Status::StreamEnd => self.is_done = true,
                    _ if consumed == 0 && length == 0 => return Err(damaged(&format!("{}: cut off", self.name))),
                    _ => {}
                }
                Ok(length)
            }
        }
    }

    fn count(&mut self, length: u64) -> Result<(), Kind> {
        let limits = self.package.limits;
        self.produced += length;
        let total = self.package.unpacked.fetch_add(length, Ordering::Relaxed) + length;
        let ratio = if self.produced > RATIO_FREE { self.produced / self.packed.max(1) } else { 0 };
        let claimed_total = || self.package.parts.values().fold(0u64, |sum, part| sum.saturating_add(part.size));
        // What was met so far depends on how much is unpacked at a time; the message names what is claimed.
        let refuse =
            |setting, claimed: u64, limit: u64| limits.check(setting, claimed.max(limit.saturating_add(1)), limit);
        if self.produced > limits.entry_uncompressed {
            refuse("entry_uncompressed", self.size, limits.entry_uncompressed)?;
        }
        if total > limits.total_uncompressed {
            refuse("total_uncompressed", claimed_total(), limits.total_uncompressed)?;
        }
        if ratio > limits.inflate_ratio {
            refuse("inflate_ratio", self.size / self.packed.max(1), limits.inflate_ratio)?;
        }
        Ok(())
    }

    fn check_end(&self) -> Result<(), Kind> {
        if self.produced != self.size {
            return Err(damaged(&format!("{}: {} bytes, not {}", self.name, self.produced, self.size)));
        }
        if self.hasher.clone().finalize() != self.checksum {
            return Err(damaged(&format!("{}: checksum", self.name)));
        }
        Ok(())
    }
}

/// The unpacked bytes of a part that are looked at together. What is not used yet stays at the front.
pub struct Window {
    bytes: Vec<u8>,
    filled: usize,
    n_fills: usize,
}

impl Window {
    /// Bytes of a window; a small part gets a smaller one.
    pub const SIZE: usize = 192 << 10;

    pub fn new(part: &PartReader<'_>) -> Self {
        let size = usize::try_from(part.size().saturating_add(1)).unwrap_or(Self::SIZE).min(Self::SIZE);
        Window { bytes: vec![0; size], filled: 0, n_fills: 0 }
    }

    /// Adds what the part has next; `false` when that was the last of it.
    ///
    /// # Errors
    /// As [`PartReader::fill`].
    pub fn fill(&mut self, part: &mut PartReader<'_>) -> Result<bool, Kind> {
        if self.filled == self.bytes.len() {
            let larger = (self.bytes.len() * 2).max(Self::SIZE);
            self.bytes.resize(larger, 0);
        }
        let (added, more) = part.fill(&mut self.bytes[self.filled..])?;
        self.filled += added;
        self.n_fills += 1;
        Ok(more)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Whether the window holds the beginning of the part.
    pub fn is_first(&self) -> bool {
        self.n_fills == 1
    }

    /// Lets go of what was used.
    pub fn take(&mut self, used: usize) {
        self.bytes.copy_within(used..self.filled, 0);
        self.filled -= used;
    }
}
