//! How the characters of a text file are written, and reading them as UTF-8 whatever they are.
//!
//! What a reader would get wrong: without a byte order mark only the whole file can tell. One that is UTF-8 to the end is
//! UTF-8; one that is not is Windows-1252, unless it has more letters that are UTF-8 than bytes that are not: that is
//! UTF-8 with a few broken places, and to read it otherwise would garble every letter that is whole.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::Path,
    rc::Rc,
};

use encoding_rs::{CoderResult, Decoder};

use super::{fault::SheetError, reading::Encoding};

/// Read at once from the disk.
const BUFFER: usize = 256 * 1024;

/// A file that counts what was read of it.
#[derive(Debug)]
pub(super) struct Counted {
    file: File,
    bytes: Rc<Cell<u64>>,
}

impl Counted {
    /// Opens a file; the other half knows how far the reading is.
    pub fn open(path: &Path) -> Result<(Self, Rc<Cell<u64>>), SheetError> {
        let bytes = Rc::default();
        let file = File::open(path).map_err(SheetError::Unreadable)?;
        Ok((Self { file, bytes: Rc::clone(&bytes) }, bytes))
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Characters of a file as UTF-8, without a byte order mark.
pub(super) type Text = Box<dyn BufRead>;

/// Opens a file of text. What claims to be UTF-8 comes as it is, and may not be.
pub(super) fn open(path: &Path, encoding: Encoding) -> Result<(Text, Rc<Cell<u64>>), SheetError> {
    let (file, bytes) = Counted::open(path)?;
    let input = BufReader::with_capacity(BUFFER, file);
    Ok((decoded(input, encoding).map_err(SheetError::Unreadable)?, bytes))
}

fn decoded(mut input: impl BufRead + 'static, encoding: Encoding) -> io::Result<Text> {
    let mark: &[u8] = match encoding {
        Encoding::Utf8 => &[0xef, 0xbb, 0xbf],
        Encoding::Utf16Le => &[0xff, 0xfe],
        Encoding::Utf16Be => &[0xfe, 0xff],
        Encoding::Windows1252 => &[],
    };
    if !mark.is_empty() && input.fill_buf()?.starts_with(mark) {
        input.consume(mark.len());
    }
    let coding = match encoding {
        Encoding::Utf8 => return Ok(Box::new(input)),
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
    };
    let decoder = coding.new_decoder_without_bom_handling();
    Ok(Box::new(Decoded { input, decoder, text: vec![0; BUFFER], start: 0, end: 0, is_over: false }))
}

/// Turns another encoding into UTF-8 as it is read.
struct Decoded<R> {
    input: R,
    decoder: Decoder,
    text: Vec<u8>,
    /// What is decoded and not taken yet.
    start: usize,
    end: usize,
    is_over: bool,
}

impl<R: BufRead> Decoded<R> {
    fn decode_more(&mut self) -> io::Result<()> {
        while self.start == self.end && !self.is_over {
            let raw = self.input.fill_buf()?;
            let is_last = raw.is_empty();
            let (result, used, written, is_broken) = self.decoder.decode_to_utf8(raw, &mut self.text, is_last);
            self.input.consume(used);
            if is_broken {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "half a character"));
            }
            (self.start, self.end) = (0, written);
            self.is_over = is_last && result == CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.decode_more()?;
        Ok(self.text.get(self.start..self.end).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.start = (self.start + amount).min(self.end);
    }
}

/// The encoding that the byte order mark says.
pub(super) fn marked(start: &[u8]) -> Option<Encoding> {
    match start {
        [0xef, 0xbb, 0xbf, ..] => Some(Encoding::Utf8),
        [0xff, 0xfe, ..] => Some(Encoding::Utf16Le),
        [0xfe, 0xff, ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The encoding of a file without a mark: reads all of it.
pub(super) fn find(path: &Path, is_stopped: &dyn Fn() -> bool) -> Result<Encoding, SheetError> {
    let mut file = File::open(path).map_err(SheetError::Unreadable)?;
    let mut letters = Letters::default();
    let mut buffer = vec![0; BUFFER];
    loop {
        let carried = letters.carry(&mut buffer);
        let free = buffer.get_mut(carried..).unwrap_or_default();
        let read = file.read(free).map_err(SheetError::Unreadable)?;
        letters.count(buffer.get(..carried + read).unwrap_or_default());
        if read == 0 {
            return Ok(letters.encoding());
        }
        if is_stopped() {
            return Err(SheetError::Stopped);
        }
    }
}

/// What looks like UTF-8, and what does not.
#[derive(Debug, Default)]
struct Letters {
    whole: usize,
    broken: usize,
    /// The beginning of a letter at the end of what was counted.
    rest: Vec<u8>,
}

impl Letters {
    /// Puts what was left over before what comes next.
    fn carry(&mut self, buffer: &mut [u8]) -> usize {
        for (place, byte) in buffer.iter_mut().zip(&self.rest) {
            *place = *byte;
        }
        std::mem::take(&mut self.rest).len()
    }

    fn count(&mut self, mut bytes: &[u8]) {
        // No letter begins with a byte below.
        let of = |valid: &[u8]| valid.iter().filter(|byte| **byte >= 0xc2).count();
        loop {
            let Err(error) = std::str::from_utf8(bytes) else {
                self.whole += of(bytes);
                return;
            };
            let (valid, after) = bytes.split_at(error.valid_up_to());
            self.whole += of(valid);
            let Some(length) = error.error_len() else {
                self.rest = after.to_vec();
                return;
            };
            self.broken += 1;
            bytes = after.get(length..).unwrap_or_default();
        }
    }

    fn encoding(&self) -> Encoding {
        let broken = self.broken + usize::from(!self.rest.is_empty());
        if broken == 0 || self.whole > broken { Encoding::Utf8 } else { Encoding::Windows1252 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding_of(bytes: &[u8], chunk: usize) -> Encoding {
        let mut letters = Letters::default();
        for chunk in bytes.chunks(chunk) {
            let mut buffer = [0; 64];
            let carried = letters.carry(&mut buffer);
            buffer[carried..carried + chunk.len()].copy_from_slice(chunk);
            letters.count(&buffer[..carried + chunk.len()]);
        }
        letters.encoding()
    }

    fn read(bytes: &'static [u8], encoding: Encoding) -> io::Result<String> {
        let mut text = String::new();
        decoded(BufReader::with_capacity(3, bytes), encoding)?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn only_a_whole_file_tells_its_encoding() {
        for chunk in [1, 2, 3, 5, 50] {
            assert_eq!(encoding_of("Störe 😀 ﬁ".as_bytes(), chunk), Encoding::Utf8);
            assert_eq!(encoding_of(b"St\xf6re", chunk), Encoding::Windows1252);
            assert_eq!(encoding_of(b"plain", chunk), Encoding::Utf8);
            assert_eq!(
                encoding_of("ends in half a l\u{e9}".as_bytes().split_last().unwrap().1, chunk),
                Encoding::Windows1252
            );
            assert_eq!(encoding_of(b"\xc3\xb6\xc3\xbc\xc3\xa4 and one \xff", chunk), Encoding::Utf8);
        }
    }

    #[test]
    fn every_encoding_becomes_utf_8_without_its_mark() {
        assert_eq!(read(b"\xef\xbb\xbfa\xc3\xb6", Encoding::Utf8).unwrap(), "aö");
        assert_eq!(read(b"\xff\xfea\0\xf6\0=\xd8\0\xde", Encoding::Utf16Le).unwrap(), "aö😀");
        assert_eq!(read(b"\xfe\xff\0a\0\xf6", Encoding::Utf16Be).unwrap(), "aö");
        assert_eq!(read(b"St\xf6re \x80", Encoding::Windows1252).unwrap(), "Störe €");
        assert!(read(b"\xff\xfea\0\0\xd8", Encoding::Utf16Le).is_err());
    }
}
