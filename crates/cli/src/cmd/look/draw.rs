//! The tree on a terminal.
use super::state::{Look, Row, opens};
use crate::program::{access, label, notes, type_of};
use crate::session::clean;
use hepta::plus::catalogue::{Kind, Node};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Lines around the tree.
const AROUND: u16 = 3;

/// Lines of the tree on a terminal so high.
pub(super) fn height(lines: u16) -> usize {
    usize::from(lines.saturating_sub(AROUND)).max(1)
}

const DIM: Style = Style::new().add_modifier(Modifier::DIM);

pub(super) fn draw(frame: &mut Frame<'_>, look: &Look<'_>, title: &str) {
    let parts = Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(2)]);
    let [head, tree, foot] = parts.areas(frame.area());
    frame.render_widget(Line::styled(title.to_owned(), Modifier::BOLD), head);
    let lines: Vec<Line<'_>> = (look.top..look.top + look.height).map_while(|at| line(look, at)).collect();
    frame.render_widget(Paragraph::new(lines), tree);
    frame.render_widget(Paragraph::new(vec![detail(look), help(look)]), foot);
}

fn line<'l>(look: &'l Look<'_>, at: usize) -> Option<Line<'l>> {
    let row = look.rows.get(at)?;
    let indent = "  ".repeat(row.depth());
    let mut line = match row {
        Row::More { .. } => Line::from(vec![Span::raw(indent), Span::styled("  ... more", DIM)]),
        Row::Node { node, open, .. } => {
            let mark = match (opens(node), open) {
                (false, _) => "  ",
                (true, true) => "▾ ",
                (true, false) => "▸ ",
            };
            let mut spans = vec![Span::raw(indent), Span::raw(mark), Span::raw(label(node))];
            spans.push(Span::styled(format!("  {}", kind(node)), DIM));
            match look.values.get(&node.path()) {
                Some(Ok(value)) => spans.push(Span::styled(format!("  {value}"), Color::Green)),
                Some(Err(why)) => spans.push(Span::styled(format!("  {why}"), Color::Red)),
                None => {}
            }
            Line::from(spans)
        }
    };
    if at == look.at {
        line.style = line.style.add_modifier(Modifier::REVERSED);
    }
    Some(line)
}

fn kind(node: &Node<'_>) -> String {
    match (node.kind(), node.root().number()) {
        (Kind::Block, Some(number)) => format!("DB{number}"),
        _ => type_of(node),
    }
}

/// What else is known of the line it stands on.
fn detail<'l>(look: &Look<'_>) -> Line<'l> {
    let Some(Row::Node { node, .. }) = look.rows.get(look.at) else { return Line::default() };
    let mut parts = vec![clean(&node.tia()), access(node)];
    if node.kind() == Kind::Value {
        let (flags, offset) = (node.flags(), node.classic());
        if !flags.optimised {
            parts.push(format!("offset {}.{}", offset.octet, offset.bit));
        }
    }
    parts.extend(notes(node).into_iter().map(str::to_owned));
    parts.extend(node.comment(None).map(clean));
    Line::from(parts.join("  "))
}

fn help<'l>(look: &'l Look<'_>) -> Line<'l> {
    match (&look.typing, &look.said) {
        (Some(text), _) => Line::from(format!("/{text}")),
        (None, Some(said)) => Line::styled(said.clone(), Color::Red),
        (None, None) => Line::styled("arrows: move, open, close   /: search   n: next   q: quit", DIM),
    }
}
