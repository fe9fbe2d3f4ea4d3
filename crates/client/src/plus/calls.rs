//! The methods of both clients, written once: they differ in `async`, `mut` and `.await` alone.

macro_rules! calls {
    ([$($async:ident)?] [$($mut:ident)?] [$($wait:tt)*]) => {
        /// Connects now, if there is no connection. Opens a closed client again, and one whose password was refused: it is
        /// sent once more.
        pub $($async)? fn connect(&$($mut)? self) -> Result<(), Error> {
            self.driver.protocol().forgive();
            self.driver.connect()$($wait)*
        }

        /// Values, as few requests as the CPU's limits and one frame allow, each with its own result, in the caller's order.
        pub $($async)? fn read(
            &$($mut)? self,
            items: &[ItemAddress],
        ) -> Result<Vec<Result<Value, ReturnValue>>, Error> {
            let call = self.call(Attempt::ReadMany(items.len()));
            self.driver.again(call, || ReadItems::new(items))$($wait)*
        }
        /// One value. A refusal is an error.
        pub $($async)? fn read_one(&$($mut)? self, item: &ItemAddress) -> Result<Value, Error> {
            let items = core::slice::from_ref(item);
            let read = self.read(items)$($wait)*?;
            super::only(read, Function::GetMultiVariables)
                .map_err(|refused| self.driver.error(Attempt::ReadMany(1), refused))
        }
        /// Writes values in their order, one request at a time, and says what became of each. That single ones were refused is
        /// no error. No write is ever sent twice.
        pub $($async)? fn write(&$($mut)? self, items: &[Item]) -> Result<Vec<Outcome>, WriteError> {
            let mut op = WriteItems::new(items.iter().cloned());
            let call = self.call(Attempt::WriteMany(items.len()));
            let done = self.driver.once(call, &mut op)$($wait)*;
            let outcomes = op.finish();
            match done {
                Ok(()) => Ok(outcomes),
                Err(error) => Err(WriteError { outcomes, error }),
            }
        }
        /// Writes one value. A refusal is an error.
        pub $($async)? fn write_one(&$($mut)? self, item: &ItemAddress, value: Value) -> Result<(), WriteError> {
            let outcomes = self.write(&[(item.clone(), value)])$($wait)*?;
            match super::refusal(outcomes.first()) {
                None => Ok(()),
                Some(refused) => {
                    let error = self.driver.error(Attempt::WriteMany(1), refused);
                    Err(WriteError { outcomes, error })
                }
            }
        }

        /// A call whose answers take longer than others.
        fn long(&self, attempt: Attempt) -> Call {
            let patience = self.patience.unwrap_or_else(|| super::patience(self.options().browse));
            Call { attempt, patience: Some(patience) }
        }

        /// Octets of a data block with standard access, any number. A refusal is an error.
        pub $($async)? fn db_read(&$($mut)? self, db: u16, start: u32, len: u32) -> Result<Vec<u8>, Error> {
            self.area_read(area::DB + u32::from(db), start, len)$($wait)*
        }
        /// Octets of any access area: [`area`](super::area) has I, Q, M, C and T. A refusal is an error.
        pub $($async)? fn area_read(&$($mut)? self, area: u32, start: u32, len: u32) -> Result<Vec<u8>, Error> {
            let (spans, attempt) = ([Span { area, start, len }], super::reading(area, start, len));
            let call = self.call(attempt);
            let read = self.driver.again(call, || ReadBlock::new(spans.as_slice()))$($wait)*?;
            super::only(read, Function::GetMultiVariables).map_err(|refused| self.driver.error(attempt, refused))
        }
        /// Many ranges of octets, as few requests as they fit into, each with its own result.
        pub $($async)? fn db_read_many(
            &$($mut)? self,
            spans: &[Span],
        ) -> Result<Vec<Result<Vec<u8>, ReturnValue>>, Error> {
            let call = self.call(Attempt::ReadMany(spans.len()));
            self.driver.again(call, || ReadBlock::new(spans))$($wait)*
        }
        /// Writes octets of a data block with standard access, in pieces and in their order. A refusal is an error, which tells
        /// how far it came. No piece is ever sent twice.
        pub $($async)? fn db_write(&$($mut)? self, db: u16, start: u32, data: &[u8]) -> Result<(), BlockError> {
            self.area_write(area::DB + u32::from(db), start, data)$($wait)*
        }
        /// Writes octets of any access area, as `db_write` does.
        pub $($async)? fn area_write(&$($mut)? self, area: u32, start: u32, data: &[u8]) -> Result<(), BlockError> {
            let attempt = super::writing(area, start, data.len());
            let mut op = WriteBlock::new(area, start, data);
            let call = self.call(attempt);
            let done = self.driver.once(call, &mut op)$($wait)*;
            let written = op.finish();
            let error = match (done, super::refusal(Some(&written.next))) {
                (Ok(()), None) => return Ok(()),
                (Ok(()), Some(refused)) => self.driver.error(attempt, refused),
                (Err(error), _) => error,
            };
            Err(BlockError { written, error })
        }

        /// Objects and what they hold, as raw as the CPU tells it.
        pub $($async)? fn explore(&$($mut)? self, ask: &Explore<'_>) -> Result<Vec<Object>, Error> {
            let call = self.call(Attempt::Object(ask.object));
            self.driver.again(call, || op::Explore::new(ask.clone()))$($wait)*
        }
        /// One attribute of one object, of any length; `path` is the attribute's id, and what leads into its structure.
        pub $($async)? fn variable(&$($mut)? self, object: u32, path: &[u32]) -> Result<Value, Error> {
            let call = self.call(Attempt::Object(object));
            self.driver.again(call, || Get::new(object, path))$($wait)*
        }
        /// Sets one attribute of one object. Some return values say more than that it went well.
        pub $($async)? fn set_variable(
            &$($mut)? self,
            object: u32,
            id: u32,
            value: Value,
        ) -> Result<ReturnValue, Error> {
            let (call, mut op) = (self.call(Attempt::SetObject(object)), Set::new(object, id, value));
            self.driver.once(call, &mut op)$($wait)*.map(|()| op.finish())
        }
        /// Attributes of one object, each with its own result; `None`: the CPU says nothing of it.
        pub $($async)? fn attributes(
            &$($mut)? self,
            object: u32,
            ids: &[u32],
        ) -> Result<Vec<Option<Result<Value, ReturnValue>>>, Error> {
            let call = self.call(Attempt::Object(object));
            self.driver.again(call, || Attributes::new(object, ids))$($wait)*
        }

        /// The whole program by its names, which this client keeps for [`symbol`](Self::symbol) and [`catalogue`](Self::catalogue).
        pub $($async)? fn browse(&$($mut)? self, options: BrowseOptions) -> Result<Arc<Catalogue>, Error> {
            self.browse_with(options, &|_| ())$($wait)*
        }
        /// The same, and tells how far it is: while octets come, and at every step.
        pub $($async)? fn browse_with(
            &$($mut)? self,
            options: BrowseOptions,
            tell: Tell<'_>,
        ) -> Result<Arc<Catalogue>, Error> {
            let call = self.long(Attempt::Browse);
            let catalogue = self.driver.again(call, || op::Browse::new(options).telling(tell))$($wait)*?;
            Ok(self.driver.protocol().program.keep(catalogue))
        }
        /// The program as it was browsed last, or as far as symbols were looked up; `None` before any of that. It outlives
        /// connections, and changes of the program until they are noticed.
        pub fn catalogue(&self) -> Option<Arc<Catalogue>> {
            self.driver.protocol().program.known()
        }
        /// Takes a catalogue for that of this PLC: one that was read from a file. Whether it still is, [`check`](Self::check) tells.
        pub fn adopt(&self, catalogue: Catalogue) -> Arc<Catalogue> {
            self.driver.protocol().program.keep(catalogue)
        }
        /// Forgets what is known of the program.
        pub fn forget(&self) {
            self.driver.protocol().program.forget();
        }

        /// A variable by its name, as TIA Portal spells it: `"My DB".motor[3].speed`, `Demo.st.a`, `"tag"`. What is known of the
        /// program already is not asked for again, and what is not needed is not asked for at all.
        pub $($async)? fn symbol(&$($mut)? self, symbol: &str) -> Result<Symbol, Error> {
            let found = self.symbols(&[symbol])$($wait)*?;
            match found.into_iter().next() {
                Some(Ok(symbol)) => Ok(symbol),
                Some(Err(error)) => Err(self.driver.error(Attempt::Browse, error)),
                None => Err(self.driver.error(Attempt::Browse, super::shapeless(Function::Explore))),
            }
        }
        /// Many of them, each with its own result, in the caller's order.
        pub $($async)? fn symbols(
            &$($mut)? self,
            symbols: &[&str],
        ) -> Result<Vec<Result<Symbol, SymbolError>>, Error> {
            let known = self.catalogue();
            if let Some(found) = known.as_ref().and_then(|known| super::program::all(known, symbols)) {
                return Ok(found);
            }
            let call = self.long(Attempt::Browse);
            let make = || op::Lookup::new(symbols, known.as_deref().cloned());
            let (catalogue, found) = self.driver.again(call, make)$($wait)*?;
            self.driver.protocol().program.keep(catalogue);
            Ok(found)
        }

        /// Has the program changed since it was browsed, or since the first symbol was looked up? `None`: it has not, or nothing is
        /// known of it. One request, where the CPU gives a hash of its structure; else a few, and one for each type of a block.
        pub $($async)? fn check(&$($mut)? self) -> Result<Option<Change>, Error> {
            let Some(known) = self.catalogue() else { return Ok(None) };
            let (before, call) = (known.stamp(), self.long(Attempt::Browse));
            let now = self.driver.again(call, || op::ReadStamp::new(Some(&before)))$($wait)*?;
            Ok(before.change(&now))
        }
        /// The program as it is now: what is known, if it has not changed, else browsed again.
        pub $($async)? fn refresh(&$($mut)? self) -> Result<Arc<Catalogue>, Error> {
            match (self.catalogue().filter(|known| known.is_whole()), self.check()$($wait)*?) {
                (Some(known), None) => Ok(known),
                _ => self.browse(BrowseOptions::default())$($wait)*,
            }
        }
        /// An item of a symbol was refused: may be the program has changed. `false`: it has not, or the refusal says nothing of
        /// that. `true`: it has, and was browsed again ([`Options::refresh`]): look symbols up once more. If that is off, a change
        /// is an error that names what has changed.
        pub $($async)? fn suspect(&$($mut)? self, refusal: ReturnValue) -> Result<bool, Error> {
            if !super::program::is_suspect(refusal) {
                return Ok(false);
            }
            let Some(known) = self.catalogue() else { return Ok(false) };
            let Some(change) = self.check()$($wait)*? else { return Ok(false) };
            if !self.options().refresh {
                return Err(self.driver.error(Attempt::Browse, change));
            }
            if known.is_whole() {
                self.browse(BrowseOptions::default())$($wait)*?;
            } else {
                self.forget();
            }
            Ok(true)
        }

        /// What the CPU is doing.
        pub $($async)? fn cpu_state(&$($mut)? self) -> Result<CpuState, Error> {
            let (asked, attempt) = (CpuState::asked(), Attempt::State);
            let call = self.call(attempt);
            let answers = self.driver.again(call, || ReadItems::new(asked.as_slice()))$($wait)*?;
            CpuState::answered(&answers)
                .map_err(|outcome| self.driver.error(attempt, super::returned(Function::GetMultiVariables, outcome)))
        }
        /// Lets the program run. It takes an open write gate, and full access; it is never sent twice.
        pub $($async)? fn start(&$($mut)? self) -> Result<(), Error> {
            let (call, mut op) = (self.call(Attempt::Start), super::operate(super::RUN));
            self.driver.once(call, &mut op)$($wait)*
        }
        /// Stops the program. It takes an open write gate, and full access; it is never sent twice.
        pub $($async)? fn stop(&$($mut)? self) -> Result<(), Error> {
            let (call, mut op) = (self.call(Attempt::Stop), super::operate(super::STOP));
            self.driver.once(call, &mut op)$($wait)*
        }
        /// What the CPU has for its peers, and what of it is free.
        pub $($async)? fn resources(&$($mut)? self) -> Result<Resources, Error> {
            let (asked, call) = (Resources::asked(), self.call(Attempt::State));
            let answers = self.driver.again(call, || ReadItems::new(&asked[..]))$($wait)*?;
            Ok(Resources::answered(&answers))
        }
        /// Who the CPU is, as it said when the session opened; `None` where it said nothing that can be read. Connects, if there
        /// is no connection.
        pub $($async)? fn identity(&$($mut)? self) -> Result<Option<Identity>, Error> {
            Ok(self.facts()$($wait)*?.identity())
        }

        /// The roles of the session: attribute 305. CPUs with users say here what the user may.
        pub $($async)? fn session_roles(&$($mut)? self) -> Result<Vec<u32>, Error> {
            const ROLES: &[u32] = &[hepta_proto::plus::Id::ServerSessionRoles.0];
            let call = self.call(Attempt::State);
            let value = self.driver.again(call, || Get::of_session(ROLES))$($wait)*?;
            super::numbers(&value).ok_or_else(|| {
                self.driver.error(Attempt::State, super::shapeless(Function::GetVarSubStreamed))
            })
        }
        /// How much of the CPU is open to the session now.
        #[cfg(feature = "tls")]
        pub $($async)? fn protection_level(&$($mut)? self) -> Result<ProtectionLevel, Error> {
            const LEVEL: &[u32] = &[hepta_proto::plus::Id::EffectiveProtectionLevel.0];
            let call = self.call(Attempt::State);
            let value = self.driver.again(call, || Get::of_session(LEVEL))$($wait)*?;
            value.as_u32().map(ProtectionLevel).ok_or_else(|| {
                self.driver.error(Attempt::State, super::shapeless(Function::GetVarSubStreamed))
            })
        }
        /// Gives a password, or a name and a password, for this session alone: it is not kept, and the next connection has it
        /// no more. Sent by TLS only, only if not all is open already, and never twice.
        #[cfg(feature = "tls")]
        pub $($async)? fn legitimate(&$($mut)? self, credential: &Credential) -> Result<Login, Error> {
            let attempt = Attempt::Login;
            let (call, mut op) = (self.call(attempt), Enter::new(Some(Cow::Borrowed(credential))));
            self.driver.once(call, &mut op)$($wait)*?;
            op.finish().map_err(|error| self.driver.error(attempt, error))
        }

        /// Runs any operation, once: what it was made of is used up, so it is not asked again after a fault. Give `&mut op` to
        /// look at it afterwards, also after an error.
        pub $($async)? fn run<O: Operation>(&$($mut)? self, mut op: O) -> Result<O::Output, Error> {
            let call = self.call(Attempt::Run);
            self.driver.once(call, &mut op)$($wait)*.map(|()| op.finish())
        }
        /// Runs an operation that changes nothing, made anew for each attempt.
        pub $($async)? fn run_again<O: Operation>(
            &$($mut)? self,
            make: impl Fn() -> O,
        ) -> Result<O::Output, Error> {
            let call = self.call(Attempt::Run);
            self.driver.again(call, make)$($wait)*
        }
    };
}
pub(super) use calls;
