//! `hepta look`: the program as a tree on the terminal, with values that live.
mod draw;
mod state;
#[cfg(test)]
mod tests;

use super::browse::browse;
use super::export::tags;
use crate::args::duration;
use crate::exit::{Exit, Failure};
use crate::url::Link;
use crate::values::shown;
use core::time::Duration;
use hepta::plus::Client;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use state::{Key, Look as State};
use std::io::IsTerminal;
use tokio::sync::mpsc;

/// Look around in the program, with the values of what is in sight. By S7CommPlus.
#[derive(Debug, clap::Args)]
pub(crate) struct Look {
    #[command(flatten)]
    link: Link,
    /// How often the values are read.
    #[arg(long, default_value = "1s", value_parser = duration)]
    every: Duration,
}

pub(crate) async fn run(args: Look) -> Result<Exit, Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(
            Failure::usage("there is no terminal to look around on").hint("`hepta browse` writes into pipes")
        );
    }
    let client = args.link.plus().await?;
    let catalogue = match browse(&client).await {
        Ok(catalogue) => catalogue,
        Err(failure) => {
            client.close().await;
            return Err(failure);
        }
    };
    let title = format!("{}  {} tags", args.link.url, catalogue.count(false));
    let mut state = State::new(&catalogue);
    let mut terminal = ratatui::try_init()?;
    let done = show(&mut terminal, &mut state, &client, &title, args.every).await;
    ratatui::try_restore()?;
    client.close().await;
    done.map(|()| Exit::Good)
}

async fn show(
    terminal: &mut ratatui::DefaultTerminal,
    state: &mut State<'_>,
    client: &Client,
    title: &str,
    every: Duration,
) -> Result<(), Failure> {
    let mut keys = keys();
    let mut ticks = tokio::time::interval(every.max(Duration::from_millis(50)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        state.height = draw::height(terminal.size()?.height);
        state.scroll();
        terminal.draw(|frame| draw::draw(frame, state, title))?;
        tokio::select! {
            pressed = keys.recv() => match pressed {
                None => return Ok(()),
                Some(Some(key)) if !state.press(key) => return Ok(()),
                // Or the terminal has another size.
                Some(_) => {}
            },
            _ = ticks.tick() => values(state, client).await,
        }
    }
}

/// Reads what is in sight. What goes wrong is shown; the next round tries again.
async fn values(state: &mut State<'_>, client: &Client) {
    let seen = state.seen();
    if seen.is_empty() {
        return;
    }
    let mut wanted = tags(client, seen.iter());
    let read = client.read_tags(&mut wanted).await;
    state.values.clear();
    match read {
        Ok(values) => {
            for (node, reading) in seen.iter().zip(values) {
                let text = reading.value.map(|value| shown(&value)).map_err(|why| why.to_string());
                state.values.insert(node.path(), text);
            }
        }
        Err(error) => state.said = Some(error.to_string()),
    }
}

/// Keys as they are pressed; `None`: something else has happened to the terminal. The thread that waits for them ends with the
/// program: nothing can wake it.
fn keys() -> mpsc::Receiver<Option<Key>> {
    let (send, receive) = mpsc::channel(16);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let said = match event {
                Event::Key(pressed) => match key(pressed) {
                    Some(key) => Some(key),
                    None => continue,
                },
                Event::Resize(..) => None,
                _ => continue,
            };
            if send.blocking_send(said).is_err() {
                return;
            }
        }
    });
    receive
}

/// What a key of the terminal means.
fn key(pressed: KeyEvent) -> Option<Key> {
    // Windows tells when a key is let go, too.
    if pressed.kind == KeyEventKind::Release {
        return None;
    }
    Some(match pressed.code {
        KeyCode::Char('c') if pressed.modifiers.contains(KeyModifiers::CONTROL) => Key::Quit,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Right => Key::Right,
        KeyCode::Left => Key::Left,
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Esc => Key::Escape,
        KeyCode::Char(c) => Key::Char(c),
        _ => return None,
    })
}
