//! Running text of the document, whose only mark-up is blank lines between paragraphs and `code` in backticks.

/// A piece of a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// Whether they are code.
    pub is_code: bool,
}

/// The pieces of a paragraph.
pub fn pieces(text: &str) -> Vec<Piece> {
    let pieces = text.split('`').enumerate().map(|(position, text)| Piece {
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        is_code: position % 2 == 1,
    });
    let mut pieces: Vec<_> = pieces.collect();
    // A blank at the edge of a piece is one: it must not be lost with the line breaks.
    for (position, raw) in text.split('`').enumerate() {
        let piece = &mut pieces[position];
        if piece.is_code {
            continue;
        }
        if raw.starts_with(char::is_whitespace) && position > 0 {
            piece.text.insert(0, ' ');
        }
        if raw.ends_with(char::is_whitespace) && !raw.trim().is_empty() {
            piece.text.push(' ');
        }
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// The paragraphs of a text, each as its pieces.
pub fn paragraphs(text: &str) -> Vec<Vec<Piece>> {
    let paragraphs = text.split("\n\n").map(pieces);
    paragraphs.filter(|pieces| !pieces.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_words_and_no_blank_is_lost() {
        let shown = |text: &str| {
            let pieces = pieces(text);
            let marked = pieces.iter().map(|piece| match piece.is_code {
                true => format!("[{}]", piece.text),
                false => piece.text.clone(),
            });
            marked.collect::<String>()
        };
        assert_eq!(
            shown("scope `read` for\nGET, `write` else."),
            "scope [read] for GET, [write] else."
        );
        assert_eq!(shown("`a`, `b` `c`"), "[a], [b] [c]");
        assert_eq!(shown("`"), "");
        assert_eq!(paragraphs("one\n\n\n\ntwo\nlines").len(), 2);
    }
}
