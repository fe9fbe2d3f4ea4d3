//! Ids of classes and attributes, which share one space.

crate::codes! {
    /// Id of a class or an attribute.
    pub struct Id(u32) {
        CoreBase = 200, ObjectRoot = 201, ClassClass = 202, ClassVariableType = 203, ClassAssociationEnd =
        204, ClassComposition = 205, CompClassAssociationEnd = 207, CompClassComposition = 208,
        CompStructVariableType = 209, GetNewRIDLocal = 210, GetNewRIDOnServer = 211, CompMetaTypesClass =
        212, ClassRoot = 213, ClassTypes = 214, ClassTypePackage = 215, ClassModelPackage = 216,
        CompRootTypes = 218, CompTypesMetaTypes = 219, ClassObject = 220, PutNotInHashIndex = 221,
        CompTypepackageTypepackage = 222, CompTypesModelTypes = 223, CompRootRootChildContainer = 224,
        CompTypepackageStruct = 225, ObjectTypes = 226, ObjectMetatypes = 227, ObjectBasetypes = 228,
        ObjectVariableTypeParentObject = 229, ObjectVariableTypeSiblingObject = 230,
        ObjectVariableTypeFirstChildObject = 231, ObjectVariableTypeRID = 232, ObjectVariableTypeName =
        233, ObjectVariableTypeFlags = 234, ClassVariableTypeBaseClass = 238, VariableTypeVariableTypeAID
        = 239, VariableTypeVariableTypeDesignTimeCountMax = 240,
        VariableTypeVariableTypeMultiDimensionArrayDesignTimeCountMax = 241,
        VariableTypeVariableTypeOneDimensionArrayLowerBound = 242,
        VariableTypeVariableTypeMultiDimensionArrayLowerBound = 243, AssociationVariableTypeOppositeEndRID
        = 244, AssociationVariableTypeCardinalityMin = 245, AssociationVariableTypeCardinalityMax = 246,
        AssociationVariableTypeQualifierAID = 247, CompVariableTypeComposedClassRID = 248,
        CompVariableTypeCardinalityMin = 249, CompVariableTypeCardinalityMax = 250,
        CompVariableTypeQualifierAID = 251, VariableTypeVariableTypeINT32EnumValuesAID = 252,
        SubscriptionBase = 253, ClassOMSSubscriptions = 254, ClassSubscriptions = 255,
        VariableTypeSubscriptionActive = 258, VariableTypeSubscriptionSelectionOnlyCnhanged = 259,
        CompSubscriptionTrigger = 260, CompSubscriptionReference = 261, ClassTrigger = 262,
        ClassCyclicTrigger = 263, VariableTypeCyclicTriggerCycleTime = 264, ClassAlarmTrigger = 265,
        VariableTypeAlarmTriggerSourceRID = 266, VariableTypeAlarmTriggerSourceAID = 267, ClassReference =
        268, VariableTypeReferenceTargetRID = 269, VariableTypeReferenceTargetAID = 270,
        VariableTypeReferenceState = 271, SubscriptionReference = 272, VariableTypeTriggerAndTransmitMode
        = 273, ServicesBase = 274, CompRootClientSessions = 275, CompRootServerSessions = 276,
        CompClientSessionsClientSession = 277, CompServerSessionsServerSession = 278,
        CompClientSessionProxyRoot = 279, CompServerSessionSubscriptions = 280, FolderServices = 281,
        ClassClientSessionContainer = 282, ObjectClientSessionContainer = 283, ClassServerSessionContainer
        = 284, ObjectServerSessionContainer = 285, ClassClientSession = 286, ClassServerSession = 287,
        ObjectNullServerSession = 288, ServerSessionClientID = 289, ClientSessionTargetAddress = 290,
        ClientSessionL4Status = 291, ClientSessionState = 292, ServerSessionsCount = 295,
        ServerSessionUser = 296, ServerSessionApplication = 297, ServerSessionHost = 298,
        ServerSessionRole = 299, ServerSessionClientRID = 300, ServerSessionClientComment = 301,
        ServerSessionTimeout = 302, ServerSessionChallenge = 303, ServerSessionResponse = 304,
        ServerSessionRoles = 305, ServerSessionVersion = 306, ServerSessionProgressOms = 307,
        ServerSessionProgressBl = 308, ClientSessionPassword = 309, ClientSessionLegitimated = 310,
        ClientSessionCommunicationFormat = 311, ClientSessionClientVersion = 312,
        ClientSessionServerVersion = 313, Struct = 314, SystemOMS = 315, ProjectOMS = 316, SystemPAOM =
        317, ProjectPAOM = 318, SystemPAOMString = 319, ProjectPAOMString = 320, ProjectFormat = 321,
        TypeFolderNetwork = 325, ObjectFolderNetwork = 326, ObjectServerAAEndDefault = 327,
        ClassNetworkFolder = 328, CompositionNetworkFolderServerAAEnd = 329, ClassAAEnd = 334, AAEndActive
        = 335, AAEndSelect = 336, AAEndLocalAddress = 337, AAEndRemoteAddress = 338, AAEndLocalAddressType
        = 339, AAEndLocalAddressData = 340, AAEndRemoteAddressType = 341, AAEndRemoteAddressData = 342,
        ClassServerAAEnd = 344, ServerAAEndApplicationType = 345, ClassClientAAEnd = 349,
        DistributionTargetClassRid = 350, AssociationDistributionTargetModel = 351,
        AssociationModelDistributionTarget = 352, RootMemoryReset = 387, RootReset = 388, ClassType = 389,
        ClassStruct = 390, ClassAttributeType = 391, VariableTypeVariableTypeInstanceFlags = 392,
        ObjectOMSObjectModel = 394, ObjectOMSCore = 395, ObjectOMSService = 396,
        VariableTypeStructInstanceStructRID = 397, ObjectVariableTypeIsConsistent = 398,
        ObjectVartypeInProgress = 401, ClassVariableTypeInstanceStoreMode = 406,
        VariableTypeSourceEndianess = 407, VariableTypeDestinationEndianess = 408,
        VariableTypeTypeInfoReserveDataModified = 410, VariableTypeAttributeTypeNumberOfConfiguredBit =
        504, CompVariableTypeBaseCompisitionAID = 505, AssocVariableTypeBaseAssociationAID = 506,
        ClassTypeInfo = 511, CompArrayMemberType = 514, ValueTypeArrayMemberType = 515,
        VariableTypeModelOMVersion = 516, VariableTyoeModelOMDevelopmentVersion = 517,
        VariableTypeModelPOMID = 518, VariableTypeModelPOMDevelopmentVersion = 519,
        ClassResponseExtensionContainer = 520, CompositionResponseExtension = 521, ClassResponseExtension
        = 522, VariableTypeResponseExtensionError = 523, VariableTypeResponseExtensionIsLoadError = 524,
        VariableTypeResponseExtensionIsFileSystemError = 525, VariableTypeResponseExtensionObjectRID =
        526, VariableTypeResponseExtensionClassRID = 527, VariableTypeResponseExtensionAttributeAID = 528,
        VariableTypeStructModificationTime = 529, VariableTypeResponseExtensionObjectRID2 = 530,
        VariableTypeResponseExtensionClassRID2 = 531, VariableTypeResponseExtensionFileName = 532,
        VariableTypeResponseExtensionLineNumber = 533, ClassOMSTypeInfoContainer = 534, CompOMSTypeInfo =
        535, CompOMSTypeInfoContainer = 536, ObjectOMSTypeInfoContainer = 537, VTOMSScarlar = 544,
        VTOMSBOOL = 545, VTOMSUINT8 = 546, VTOMSUINT16 = 547, VTOMSUINT32 = 548, VTOMSUINT64 = 549,
        VTOMSINT8 = 550, VTOMSINT16 = 551, VTOMSINT32 = 552, VTOMSINT64 = 553, VTOMSBITSET8 = 554,
        VTOMSBITSET16 = 555, VTOMSBITSET32 = 556, VTOMSBITSET64 = 557, VTOMSREAL32 = 558, VTOMSREAL64 =
        559, VTOMSTIMESTAMP = 560, VTOMSTIMESPAN = 561, VTOMSRID = 562, VTOMSAID = 563, VTOMSBLOB = 564,
        VTOMSSTRING = 565, VTOMSVARIANT = 566, VTOMSStructInstance = 567, VTOMSWSTRING = 568,
        VTOMSINT32Enum = 569, VTOMSArray = 570, VTOMSArrayOneDimension = 571,
        VTOMSDynamicArrayOneDimension = 572, VTOMSSparseArrayOneDimension = 573, VTOMSArrayMultiDimension
        = 574, VTOMSArrayS7String = 575, VTOMSArrayS7WString = 576,
        VariableTypeResponseExtensionObjectName = 594, VariableTypeResponseExtensionClassName = 595,
        VariableTypeResponseExtensionAttributeName = 596, VariableTypeResponseExtensionObjectName2 = 597,
        VariableTypeResponseExtensionClassName2 = 598, VariableTypeResponseExtensionErrorText = 599,
        VariableTypeResponseExtensionAdditionalValue = 600, VariableTypeModelPOMVersion = 601,
        VariableTypeObjectNamespaceID = 602, VariableTypeObjectClassNamespaceID = 603,
        VariableTypeObjectClassRID = 604, VariableTypeModelNamespaceID = 605, TextLibraryClassRID = 606,
        TextLibraryStrings = 607, TextLibraryOffsetArea = 608, TextLibraryStringArea = 609,
        VariableTypeTypeInfoSizeWithReserve = 611, TextLibraryLoadState = 612, ObjectSubscriptionTypes =
        1000, ClassSubscription = 1001, SubscriptionMissedSendings = 1002, SubscriptionSubsystemError =
        1003, SubscriptionReferenceTriggerAndTransmitMode = 1005, ClassObjectReference = 1006,
        ObjectReferenceTargetRID = 1007, ObjectReferenceContainerRID = 1008, ObjectReferenceObjectsState =
        1009, ClassAttributeReference = 1010, AttributeReferenceTargetAID = 1011, AttributeReferenceValue
        = 1012, AttributeReferenceAccessResult = 1013, ClassMultiAttributeReference = 1014,
        MultiAttributeReferenceTargetAID = 1015, MultiAttributeReferenceTargetOffset = 1016,
        MultiAttributeReferenceTargetLength = 1017, MultiAttributeReferenceTargetValue = 1018,
        MultiAttributeReferenceAccessResult = 1019, MultiAttributeReferenceNumberReference = 1020,
        ClassTimerReference = 1021, TimerReferenceTimerInterval = 1022, ClassReceivedObject = 1023,
        ReceivedObjectMaximalStoredObjects = 1024, CompositionSubscriptionReceivedObject = 1025,
        CompositionSubscriptionSubscriptionReference = 1026, CompositionReceivedObjectsObject = 1027,
        CompositionSubscriptionsSubscription = 1028, SystemLimits = 1037, SubscriptionRouteMode = 1040,
        SubscriptionActive = 1041, ReceivedObjectsStoredObjects = 1042, ClassStoredExploreReference =
        1043, SubscriptionReferenceList = 1048, SubscriptionCycleTime = 1049, SubscriptionDelayTime =
        1050, SubscriptionDisabled = 1051, SubscriptionCount = 1052, SubscriptionCreditLimit = 1053,
        SubscriptionTicks = 1054, AssocicationObjectDistribution = 1072,
        AssocicationObjectDistributionOpposite = 1073, FreeItems = 1081, SubscriptionFunctionClassId =
        1082, Filter = 1246, FilterOperation = 1247, AddressCount = 1249, Address = 1250, FilterValue =
        1251, ObjectQualifier = 1256, ParentRID = 1257, CompositionAID = 1258, KeyQualifier = 1259,
        CompTypeInfo = 1501, TITComSize = 1502, TIStructureType = 1503, StructOffsetInfoStructMember =
        1504, StructMemberOffsetClassic = 1505, StructMemberOffsetNena = 1506,
        StructOffsetInfoStructMemberBool = 1507, StructMemberBoolOffsetClassic = 1508,
        StructMemberBoolOffsetNena = 1509, StructMemberBoolBitOffsetClassic = 1510,
        StructMemberBoolBitOffsetNena = 1511, StructOffsetInfoPlainMember = 1512, PlainMemberAccessability
        = 1513, PlainMemberSection = 1514, PlainMemberTComOffset = 1515, PlainMemberOffset = 1516,
        StructOffsetInfoPlainMemberBool = 1517, PlainMemberBoolAccessability = 1518,
        PlainMemberBoolSection = 1519, PlainMemberBoolTComOffset = 1520, PlainMemberBoolOffset = 1521,
        PlainMemberBoolBitOffset = 1522, StructOffsetInfoMultiInstanceMember = 1523,
        MultiInstanceMemberAccessability = 1524, MultiInstanceMemberSection = 1525,
        MultiInstanceMemberTComOffset = 1526, MultiInstanceMemberOffsetClassic = 1527,
        MultiInstanceMemberOffsetRetain = 1528, MultiInstanceMemberOffsetVolatile = 1529,
        StructPaddingSimplePadding = 1530, SimplePaddingSizeClassic = 1531, SimplePaddingSizeNena = 1532,
        StructOMSTypeSafeBLOB = 1533, OMSSTBDescriptionRID = 1534, OMSSTBStructured = 1535,
        OMSSTBClassicBlob = 1536, OMSSTBRetainBlob = 1537, OMSSTBVolatileBlob = 1538,
        PlainMemberBoolTComBitOffset = 1540, StructFunctionBlockSimplePadding = 1542,
        FunctionBlockPaddingSizeClassic = 1543, FunctionBlockPaddingSizeRetain = 1544,
        FunctionBlockPaddingSizeVolatile = 1545, Version = 1801, CPUexecUnitOperatingStateReq = 2167,
        CPUexecUnitConfiguredMaxScanCycle = 2171, CPUexecUnitConfiguredMinScanCycle = 2172,
        CPUexecUnitLongestScanCycle = 2173, CPUexecUnitShortestScanCycle = 2174,
        CPUexecUnitCurrentScanCycle = 2175, HWObjectDIS = 2237, CPUCommonWorkMemoryTotal = 2343,
        CPUCommonWorkMemoryUsed = 2344, CPUCommonRetainMemoryTotal = 2416, CPUCommonRetainMemoryUsed =
        2417, CPUCommonLoadMemoryTotal = 2418, CPUCommonLoadMemoryUsed = 2419, ASObjectESIdentES = 2449,
        ASRootItsFolders = 2468, PLCProgramClassRid = 2520, BlockBlockNumber = 2521, BlockAutoNumbering =
        2522, BlockBlockLanguage = 2523, BlockKnowhowProtected = 2524, BlockUnlinked = 2527,
        BlockLowLatency = 2528, BlockRuntimeModified = 2529, BlockDirty = 2531, BlockCRC = 2532,
        BlockBodyDescription = 2533, BlockOptimizeInfo = 2537, DataInterfaceInterfaceDescription = 2544,
        DataInterfaceLineComments = 2546, DBValueInitial = 2548, DBValueActual = 2550, DBInitialChanged =
        2551, DBClassRid = 2574, FBClassRid = 2578, FCClassRid = 2579, FunctionalObjectCode = 2580,
        FunctionalObjectParameterModified = 2581, FunctionalObjectExtRefData = 2582,
        FunctionalObjectIntRefData = 2583, FunctionalObjectNetworkComments = 2584,
        FunctionalObjectNetworkTitles = 2585, FunctionalObjectCalleeList = 2586,
        FunctionalObjectInterfaceSignature = 2587, FunctionalObjectDisplayInfo = 2588,
        FunctionalObjectDebugInfo = 2589, FunctionalObjectLocalErrorhandling = 2590,
        FunctionalObjectLongConstants = 2591, FunctionalObjectClassRid = 2592, OBStartInfoType = 2607,
        OBClassRid = 2610, AlarmSubscriptionRefAlarmDomain = 2659, AlarmSubscriptionRefItsAlarmSubsystem =
        2660, AlarmSubsystemItsAlarmSubscriptionRef = 2661, AlarmSubscriptionRefClassRid = 2662,
        AlarmSubsystemSmallDAICount = 2663, AlarmSubsystemBigDAISize = 2664, AlarmSubsystemItsDAI = 2665,
        DAIItsAlarmSubsystem = 2666, AlarmSubsystemItsUpdateRelevantDAI = 2667, DAIItsUpdateRelevantView =
        2668, AlarmSubsystemClassRid = 2669, DAICPUAlarmID = 2670, DAIAllStatesInfo = 2671, DAIAlarmDomain
        = 2672, DAIComing = 2673, DAIGoing = 2677, DAIClassRid = 2681, AbstractTisJobTisJobEnabledConf =
        2687, AbstractTisJobTisJobEnabledActual = 2688, AbstractTisJobContinuingJob = 2689,
        AbstractTisJobCreationTimestamp = 2690, AbstractTisJobModifyingJob = 2691,
        AbstractTisJobNotificationCredit = 2692, AbstractTisJobRequest = 2693, AbstractTisJobTrigger =
        2694, AbstractTisJobResult = 2695, AbstractTisJobItsAssumingSubscriptionRef = 2696,
        TisSubscriptionRefItsAssumingJob = 2697, AbstractTisJobItsTisSubsystem = 2698,
        AbstractTisJobClassRid = 2700, TisWatchJobClassRid = 2709,
        TisSubscriptionRefIncrementNotificationCredit = 2711, TisSubscriptionRefClassRid = 2712,
        DAIAlarmTextsRid = 2715, TextContainerLCIDsAid = 2717, STAIItsSDiagCont = 3095, STAIClassRid =
        3096, STAIItsDB = 3110, BlockBinding = 3151, STAIAlarmDomain = 3402, STAIAlarmEnabled = 3403,
        STAIALID = 3404, CPUCommonOperatingState = 3451, ASCGSClassRid = 3473, ASCGSAllStatesInfo = 3474,
        ASCGSTimestamp = 3475, ASCGSAssociatedValues = 3476, ASDISOperatingState = 3486,
        BlockTOblockSetNumber = 3619, AbstractTisJobModifyingJobChangeCounterCopy = 3626,
        AlarmSubsystemItsEnDisJob = 3644, AlarmSubsystemItsAckJob = 3645, ASCGSAckTimestamp = 3646,
        CPUCommonStateSwitch = 3701, ControllerAreaValueInitial = 3735, ControllerAreaValueActual = 3736,
        ControllerAreaRuntimeModified = 3737, UDTClassRid = 3932, DAIMessageType = 4079,
        AlarmSubsystemItsDisabledSTAI = 4123, ConstantsGlobalSymbolics = 4275, ASObjectESComment = 4288,
        CPUCommonWorkMemoryCodeTotal = 4554, CPUCommonWorkMemoryDataTotal = 4555,
        CPUCommonWorkMemoryCodeUsed = 4556, CPUCommonWorkMemoryDataUsed = 4557,
        AlarmSubsystemItsUpdateRequestToAllJob = 4569, CPUCommonStateSwitch2 = 4570, BlockTypeInfo = 4578,
        TextContainerClassRid = 4672, BlockFunctionalSignature = 7589, AbstractTisJobLargeBufferMemorySize
        = 7647, AlarmSubscriptionRefAlarmDomain2 = 7731, STAIMessageType = 7770, STAIHmiInfo = 7771,
        STAIInitFbState = 7772, DAIHmiInfo = 7813, BlockAdditionalMAC = 7831, BlockFailsafeBlockInfo =
        7843, MultipleSTAIClassRid = 7854, MultipleSTAIItsSDiagCont = 7855, MultipleSTAIItsDB = 7856,
        MultipleSTAISTAIs = 7859, MultipleSTAISTAIsSyntaxID = 7904, DAISequenceCounter = 7917,
        BlockFailsafeIFRHash = 7955, AlarmSubscriptionRefSendAlarmTextsRid = 8173,
        AlarmSubscriptionRefReservedRid = 8181, AlarmSubsystemReserved = 8182, SessionId = 40302,
        RequestOpcode = 40303, SequenceNumber = 40304, ReturnValue = 40305, Type = 40401, Password =
        40403,
    }
}
