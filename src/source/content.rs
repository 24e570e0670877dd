//! A file's content: opened once, hashed, and then read only through the same handle.

use std::fs::{File, Metadata};
use std::io::Read;
use std::time::SystemTime;

use crate::problem::Kind;

use super::limits::Limits;
use super::{InputFile, sniff};

/// Bytes read at a time from a file that is not held.
const CHUNK: usize = 64 << 10;

/// A file's content with what identifies it.
#[derive(Debug)]
pub struct Content {
    store: Store,
    /// Bytes of the file.
    pub size: u64,
    /// BLAKE3 of the bytes, in hexadecimal.
    pub hash: String,
}

#[derive(Debug)]
enum Store {
    Held(Vec<u8>),
    /// Packages are read piece by piece: their size is not their cost.
    OnDisk {
        file: File,
        seen: Seen,
    },
}

/// How a file looked when it was hashed.
#[derive(Debug, Eq, PartialEq)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        Seen { size: metadata.len(), modified: metadata.modified().ok() }
    }
}

impl Content {
    /// Opens and hashes a file; packages stay on disk, everything else is held in memory.
    ///
    /// # Errors
    /// Why the file is rejected, or ignored when it is not a regular file.
    pub fn load(input: &InputFile, limits: &Limits) -> Result<Self, Kind> {
        let link = std::fs::symlink_metadata(&input.path).map_err(unreadable)?;
        if link.is_symlink() {
            return Err(Kind::SymbolicLink);
        }
        if !link.is_file() {
            return Err(Kind::NotARegularFile);
        }
        let mut file = File::open(&input.path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        // It may have been exchanged since it was looked at.
        if !metadata.is_file() {
            return Err(Kind::NotARegularFile);
        }
        let (named, most) = limits.size_of(&input.name);
        limits.check(named, metadata.len(), most)?;
        let mut head = Vec::with_capacity(CHUNK);
        Read::by_ref(&mut file).take(CHUNK as u64).read_to_end(&mut head).map_err(unreadable)?;
        if head.is_empty() {
            return Err(Kind::EmptyFile);
        }
        if sniff::is_zip(&head) {
            // A package is none the smaller for calling itself a text.
            return Content::on_disk(file, &metadata, head, limits);
        }
        let mut bytes = head;
        bytes.reserve_exact(usize::try_from(metadata.len()).unwrap_or(0).saturating_sub(bytes.len()));
        file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        limits.check(named, bytes.len() as u64, most)?;
        Ok(Content::held(bytes))
    }

    fn on_disk(mut file: File, metadata: &Metadata, mut chunk: Vec<u8>, limits: &Limits) -> Result<Self, Kind> {
        let mut hasher = blake3::Hasher::new();
        let mut size = 0u64;
        loop {
            hasher.update(&chunk);
            size += chunk.len() as u64;
            limits.check("file_size", size, limits.file_size)?;
            if chunk.len() < CHUNK {
                break;
            }
            chunk.clear();
            Read::by_ref(&mut file).take(CHUNK as u64).read_to_end(&mut chunk).map_err(unreadable)?;
        }
        let hash = hasher.finalize().to_hex().to_string();
        let seen = Seen::of(metadata);
        if seen.size != size {
            return Err(Kind::ChangedWhileRead);
        }
        Ok(Content { store: Store::OnDisk { file, seen }, size, hash })
    }

    /// Bytes that are in memory already.
    pub fn held(bytes: Vec<u8>) -> Self {
        let hash = blake3::hash(&bytes).to_hex().to_string();
        Content { size: bytes.len() as u64, hash, store: Store::Held(bytes) }
    }

    /// All bytes, where they are held: every file that is not a package.
    pub fn bytes(&self) -> &[u8] {
        match &self.store {
            Store::Held(bytes) => bytes,
            Store::OnDisk { .. } => &[],
        }
    }

    /// A copy of all bytes.
    ///
    /// # Errors
    /// That the file cannot be read.
    pub fn to_vec(&self) -> Result<Vec<u8>, Kind> {
        let mut bytes = vec![0; usize::try_from(self.size).unwrap_or(0)];
        let filled = self.read_at(0, &mut bytes)?;
        bytes.truncate(filled);
        self.check_unchanged()?;
        Ok(bytes)
    }

    /// Fills the buffer from an offset on; returns how many bytes there were.
    ///
    /// # Errors
    /// That the file cannot be read.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Kind> {
        match &self.store {
            Store::Held(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let length = buffer.len().min(bytes.len() - start);
                buffer[..length].copy_from_slice(&bytes[start..start + length]);
                Ok(length)
            }
            Store::OnDisk { file, .. } => {
                let mut filled = 0;
                while filled < buffer.len() {
                    match read_once(file, offset + filled as u64, &mut buffer[filled..]) {
                        Ok(0) => break,
                        Ok(length) => filled += length,
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(unreadable(error)),
                    }
                }
                Ok(filled)
            }
        }
    }

    /// That what was read is what was hashed.
    ///
    /// # Errors
    /// That somebody wrote into the file meanwhile.
    pub fn check_unchanged(&self) -> Result<(), Kind> {
        match &self.store {
            Store::Held(_) => Ok(()),
            Store::OnDisk { file, seen } => {
                let now = Seen::of(&file.metadata().map_err(unreadable)?);
                if now == *seen { Ok(()) } else { Err(Kind::ChangedWhileRead) }
            }
        }
    }

    /// The first and the last bytes, as much of each as is asked for.
    pub fn ends(&self, length: usize) -> Result<(Vec<u8>, Vec<u8>), Kind> {
        let part = |offset: u64| {
            let mut bytes = vec![0; length.min(usize::try_from(self.size).unwrap_or(length))];
            let filled = self.read_at(offset, &mut bytes)?;
            bytes.truncate(filled);
            Ok(bytes)
        };
        Ok((part(0)?, part(self.size.saturating_sub(length as u64))?))
    }
}

#[cfg(unix)]
fn read_once(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

pub fn unreadable(error: std::io::Error) -> Kind {
    Kind::UnreadableFile { detail: error.to_string() }
}
