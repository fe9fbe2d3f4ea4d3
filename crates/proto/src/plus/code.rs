//! Numbers with names: opcodes, functions, errors.
//!
//! Names are those the field uses; numbers without a name survive.

crate::codes! {
    /// The first octet of a message.
    pub struct Opcode(u8) {
        Request = 0x31, Response = 0x32, Notification = 0x33,
        /// What an old S7-1200 sends where no response is wanted.
        Response2 = 0x02,
    }
}
crate::codes! {
    /// What a request asks for.
    pub struct Function(u16) {
        Error = 0x04b1, Explore = 0x04bb, CreateObject = 0x04ca, DeleteObject = 0x04d4, SetVariable = 0x04f2,
        GetVariable = 0x04fc, AddLink = 0x0506, RemoveLink = 0x051a, GetLink = 0x0524, Notify = 0x052e,
        SetMultiVariables = 0x0542, GetMultiVariables = 0x054c, BeginSequence = 0x0556, EndSequence = 0x0560,
        Invoke = 0x056b, SetVarSubStreamed = 0x057c, GetVarSubStreamed = 0x0586, GetVariablesAddress = 0x0590,
        Abort = 0x059a, Error2 = 0x05a9, InitSsl = 0x05b3,
    }
}
crate::codes! {
    /// The low sixteen bits of a return value: 0 or more is no error.
    pub struct ErrorCode(i16) {
        ConcurrentTransactionRunning = -513, MultiESIncompatibleOtherESVersion = -512,
        MultiESLimitExceeded = -511, MultiESConflict = -510, StreamingError = -509,
        NotAllowedWithStreaming = -508, NoSupportForTls = -507, StoppingTlsFailed = -506, StartTlsFailed =
        -505, PasswordAlreadyUsed = -504, SpaceSignOnlyHash = -503, InvalidTypeInfoFormat = -502,
        SystemLimitExceeded = -501, TextLibBufferOverflow = -408, TextLibCurrentlyNotAvailable = -407,
        InvalidSearchMode = -406, TextLibDublicatedTextID = -405, TextLibNoListHeader = -404,
        TextLibNotInitialized = -403, TextLibInconsistentStructure = -402, InvalidCompilerAlignment =
        -401, SslHandshake = -353, SecurityDisconnect = -352, IntegrityError = -351,
        DsIncompletePreparation = -303, DsTargetLostUnexpected = -302, DsInconsistantContainer = -301,
        DsNotInitialized = -300, PlainStructureNeedsLittleEndianData = -279,
        PlainStructureNeedsBigEndianData = -278, PlainStructureNeedsNenaOffsets = -277,
        PlainStructureNeedsClassicOffsets = -276, NotAllowedForPersistentData = -275, NoDataPtrAvailable =
        -274, TypeInfoHierarchyOverflow = -273, OffsetPublished = -272, VariableIsObsolete = -271, NotOms
        = -270, StoreDefect = -269, InvalidThreadContext = -268, ObjectHasBeenDeleted = -267,
        StoreNotExisting = -266, StoreTransactionNotRunning = -265, StoreTransactionAlreadyRunning = -264,
        InvalidState = -263, DuplicateQualifierValue = -262, CBTContainerNeeded = -261,
        NotCreateableByTransaction = -260, InvalidTransactionState = -259, InvalidVersion = -258,
        ValueConversionNotPossible = -257, InvalidTypeInfoModificationTime = -256, InvalidLID = -255,
        TypeInfoNotSet = -254, OnlyTypeInfoAllowed = -253, TypeInfoInvalidStructureType = -252,
        StructNotAsBlobAccessible = -251, WSTRINGNotSupported = -250, ConsistencyAsyncCallFailed = -249,
        AsyncCallFailed = -248, CallbackMissing = -247, NullPointer = -246, StoreRefusedByBl = -245,
        StoreIsBusy = -244, StoreHandlerNotFree = -243, FileFindElement = -242, FileInvalidFindState =
        -241, StateInvalidCase = -240, AsyncFileRunning = -239, SourceFileNotExisting = -238,
        StoreAlreadyExisting = -237, StoreInvalidHandle = -236, ValueMissing = -235,
        SerializerReinitFailed = -234, StoreBadIndex = -233, StoreWrongFormat = -232, StoreInactive =
        -231, StoreForceStore = -230, FileUnlinkError = -227, FileWriteError = -226, FileReadError = -225,
        StoreHasTransactionLock = -223, StartTimerError = -222, InvalidConsistencyID = -221,
        NotInConsistency = -220, FileInvalidAccess = -219, DirectoryRemoveError = -218,
        DirectoryAlreadyClosed = -217, DirectoryAlreadyOpen = -216, FileNotFound = -215,
        MessageBlockInitError = -214, AsyncFileInstanceInUseError = -213, HasFileNameError = -212,
        NoFileName = -211, FileInnerError = -210, DirectoryCreateError = -209, DirectoryOpenError = -208,
        DirectoryCloseError = -207, DirectoryReadError = -206, InvalidOpenMode = -205, FileAlreadyClose =
        -204, FileAlreadyOpen = -203, FileCloseError = -202, FileOpenError = -201, TreeReadLocked = -168,
        ObjectNotLocked = -167, ChildAlreadyLockedForDeletion = -166, ExclusiveLockedAgainstDeletion =
        -165, LockForDeletion = -164, LockingLoopOverflow = -163, TreeLockedAgainstDeletion = -162,
        WrongLockForDeletionObject = -161, LockingCounterUnderflow = -160, LockingCounterOverflow = -159,
        CallbackInterfaceIsMissing = -158, ChildLocked = -157, LockingStrategyAlreadyInQueue = -156,
        LockingStrategyNotInProgress = -155, ExclusiveLocked = -154, LockingStrategyNotFound = -153,
        LockingStrategyAlreadyInProgress = -152, WrongLockingStrategy = -151, TreeWriteLocked = -150,
        ServiceCommFormatDiffersFromStoreFormat = -136, ServiceAborted = -135, ServiceMultiESNotSupported
        = -134, ServiceNotChangableInErrorState = -133, ServiceSubscriptionIsNotRunning = -132,
        ServiceSubscriptionPrepareSequenceError = -131, ServiceUnknownComFormat = -130,
        ServiceObjectSerializationError = -129, ServiceTypeAlreadyExists = -128, ServiceAsyncRMCImpossible
        = -127, ServiceWrongArgumentFormat = -126, ServiceWrongNrOfArguments = -125,
        ServiceNotChangableInRun = -124, ServiceRequestSerializationError = -123,
        ServiceNotificationParsingError = -122, ServiceObjectParsingError = -121,
        ServiceRequestParsingError = -120, ServiceUnknownRequest = -119, ServicePendingRequestNotFound =
        -117, ServiceUnexpectedStream = -116, ServiceUnexpectedResponse = -115, ServiceCanNotCreateRequest
        = -114, ServiceTooManySessions = -113, ServiceTooManyRequests = -112, ServiceTimeout = -111,
        ServiceNotOwner = -110, ServiceNotConnected = -109, ServiceNotAvailable = -108, ServiceNotAllowed
        = -107, ServiceInvalidSession = -106, ServiceInvalidObject = -105, ServiceInvalidAddress = -104,
        ServiceFailedToDisconnect = -103, ServiceDisconnected = -102, ServiceActivateFailed = -101,
        ServiceAccessDenied = -100, PersistenceNotAvailable = -99, NotPersistent = -98,
        VariableWithQualifier = -97, InvalidObjectWithQualifier = -96, NotImplemented = -95,
        ObjectIsNotPassive = -94, ObjectAllreadyInTree = -93, ObjectIsActive = -92, ObjectIsPassive = -91,
        ObjectIsMarkedForDeletetion = -90, DataIsReferenced = -89, InfoNotAvailable = -88, OCBMissing =
        -87, NoDeleteAllowed = -86, StructOnlyInDetailsAccessible = -85, ValueNotMoveable = -84,
        OCBAlreadyUsed = -82, AIDAlreadySet = -81, DuplicateAID = -80, NoProxyObjectAllowed = -79,
        AllocatorNotFound = -78, ObjectFactoryNotfound = -77, CannotDeleteNativeObject = -76, ValueTimeout
        = -75, CompositionNotAllowed = -74, AsyncButCallbackInterfaceNotFound = -73, ElementIsTransistent
        = -72, HierarchyOverflow = -71, InvalidAssociation = -70, QualifierNotSync = -69,
        QualifierNotFound = -68, InvalidRoot = -67, HashIndexNotFound = -66, IteratorInterfaceNotFound =
        -65, ObjectAllreadyInAssociation = -64, AssociationNotFound = -63, AssociationNotQualified = -62,
        InvalidValueRange = -61, DuplicateRID = -60, LinkInterfaceNotFound = -59, AsyncOnly = -58,
        VariableTypeNotAllowed = -57, VariableIsSpecificOnly = -56, InvalidComposition = -55, NoFreeRID =
        -54, BufferOverflow = -53, DuplicateLink = -52, ObjectIsLocked = -51, ReadOnlyObject = -50,
        StringMustHaveHexCharactersOnly = -49, LinkNotFound = -48, InvalidMetaType = -47,
        ObjectIsNotInstantiable = -46, CannotCreateAbstractObject = -45, NoSeparateLoadMemoryFileAllowed =
        -44, CreateChildObjectWithinCreateChildObject = -43, MNAssocNotSupported = -42, ReadOnlyProperty =
        -41, DirectoryNotFound = -40, FilenameExcedRange = -39, ClassNotAllowed = -38, UnexpectedAttribute
        = -37, NumericUnderflow = -36, NumericOverflow = -35, UnexpectedToken = -34, BadCast = -33,
        InvalidAID = -32, InvalidRID = -30, ObjectExistsWithSameID = -29, UnexpectedFragType = -28,
        UnexpectedEndTag = -27, UnknownStartTag = -26, InvalidTypeID = -25, InvalidID = -24,
        WritingDataError = -23, NoMoreDataAvailable = -22, ReadingDataError = -21, StreamIsCurrentlyUsed =
        -20, InvalidNamespaceID = -19, CanNotDeliver = -18, InvalidCRC = -17,
        DuplicateNameInCurrentHierarchy = -16, ClassNotSupportedFromClassFactory = -15, ClassNotFound =
        -14, CardinalityOverflow = -13, ObjectNotFound = -12, InvalidFileHandle = -11,
        InvalidDestinationReferenceType2 = -10, InvalidSourceReferenceType2 = -9,
        ReferencesAreNotConnected = -8, InvalidDestinationReferenceType = -7, InvalidSourceReferenceType =
        -6, ErrorInSprintf = -5, NotEnoughMemoryAvailable = -4, InvalidArgumentValue = -3,
        InvalidValueType = -2, UnknownError = -1, Ok = 0, MessageTypeCreated = 1, MessageLinkEnd = 2,
        MessageValueUnchanged = 3, MessageSetStructAttribute = 4, MessageResponseNeeded = 5,
        MessageAsyncCallPending = 6, MessageAssociationWrongSide = 7, MessageLockPending = 8,
        MessageAlreadyLocked = 9, WarningDefaultValue = 10, MessageCanMoveValue = 11, MessageLoadSucceeded
        = 12, MessageContentAlreadyMoved = 13, WarningStoreEmpty = 14, MessageValueSwapped = 15,
        MessageStoreActive = 16, MessageSessionPreLegitimated = 17, ServiceIgnored = 18,
        WarningServiceExecutedWithPartialError = 19, ServiceSubscriptionTooManyNotifies = 21,
        ServiceSessionDelegitimated = 22, EndOfFile = 23, ServiceSubscriptionDisabled = 24,
        ServiceLegitimatedForLevel2 = 25, ServiceLegitimatedForLevel3 = 26, ServiceMultiResponsePending =
        27, NextMessageblock = 28, ObjectSkipped = 29, WarningDsCannotDistribute = 30,
        WarningDsContainerItemNotFound = 31, WarningDsPreconditionMissing = 32,
        ServiceLegitimatedForLevel1 = 33, WarningServiceTransactionAborted = 34, MessageBLOBreallocated =
        35, MessageDirAlreadyExists = 36, MessageTemporarilyOutOfResources = 37,
        MessageLegitimLevelCurrentlyDisabled = 38, RescheduleHandler = 39, BlobEndReached = 40,
        WarningSingleES = 41, WarningMultiES = 42, WarningMultiESwithSWToken = 43,
    }
}
crate::codes! {
    /// Relation ids of objects that are the same on every CPU.
    pub struct Rid(u32) {
        AsRoot = 1, PlcProgram = 3, AlarmSubsystem = 8, Cpu = 48, CpuProxy = 49, CpuCommon = 50, CpuExecUnit = 52,
        IArea = 80, QArea = 81, MArea = 82, S7Counters = 83, S7Timers = 84, TextContainer = 114, ObjectRoot = 201,
        /// The CPU is to choose one.
        ReplyRid = 211,
        ObjectServerSessionContainer = 285, NullServerSession = 288, ObjectOmsTypeInfoContainer = 537,
    }
}

pub use super::id::Id;
