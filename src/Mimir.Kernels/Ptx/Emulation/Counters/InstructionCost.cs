namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What an instruction counts as.</summary>
/// <param name="Class">The unit that works on it.</param>
/// <param name="FlopsPerLane">Floating-point operations of a lane.</param>
/// <param name="FlopsPerWarp">Floating-point operations of the whole warp: mma.</param>
internal readonly record struct InstructionCost(InstructionClass Class, int FlopsPerLane, int FlopsPerWarp)
{
    /// <summary>The cost of an instruction.</summary>
    public static InstructionCost Of(PtxInstruction instruction) =>
        new(ClassOf(instruction), FlopsOf(instruction), instruction.Opcode == PtxOpcode.Mma ? MatrixFlops(instruction) : 0);

    private static InstructionClass ClassOf(PtxInstruction instruction) => instruction.Opcode switch
    {
        PtxOpcode.And or PtxOpcode.Or or PtxOpcode.Xor or PtxOpcode.Not or PtxOpcode.Cnot or PtxOpcode.Lop3 or PtxOpcode.Shl or PtxOpcode.Shr
            or PtxOpcode.Shf or PtxOpcode.Bfe or PtxOpcode.Bfi or PtxOpcode.Bfind or PtxOpcode.Brev or PtxOpcode.Popc or PtxOpcode.Clz
            or PtxOpcode.Prmt => InstructionClass.Logic,
        PtxOpcode.Cvt => InstructionClass.Conversion,
        PtxOpcode.Mov or PtxOpcode.Selp or PtxOpcode.Cvta => InstructionClass.Move,
        PtxOpcode.Mma => InstructionClass.Tensor,
        PtxOpcode.Ldmatrix => InstructionClass.LoadShared,
        PtxOpcode.Ld or PtxOpcode.Ldu => LoadOf(instruction.Space),
        PtxOpcode.St => StoreOf(instruction.Space),
        PtxOpcode.Atom or PtxOpcode.Red => InstructionClass.Atomic,
        PtxOpcode.CpAsync or PtxOpcode.CpAsyncCommitGroup or PtxOpcode.CpAsyncWaitAll or PtxOpcode.CpAsyncWaitGroup => InstructionClass.AsyncCopy,
        PtxOpcode.Bar or PtxOpcode.BarWarp or PtxOpcode.Fence or PtxOpcode.Membar => InstructionClass.Barrier,
        PtxOpcode.Shfl or PtxOpcode.Vote or PtxOpcode.Match or PtxOpcode.Redux or PtxOpcode.Activemask => InstructionClass.Warp,
        PtxOpcode.Bra or PtxOpcode.Call or PtxOpcode.Exit or PtxOpcode.Ret or PtxOpcode.Trap or PtxOpcode.Brkpt or PtxOpcode.Nanosleep
            or PtxOpcode.Prefetch or PtxOpcode.Prefetchu or PtxOpcode.Applypriority or PtxOpcode.Discard or PtxOpcode.Createpolicy
            => InstructionClass.Control,
        PtxOpcode.Div or PtxOpcode.Rcp or PtxOpcode.Sqrt or PtxOpcode.Rsqrt or PtxOpcode.Ex2 or PtxOpcode.Lg2 or PtxOpcode.Sin or PtxOpcode.Cos
            or PtxOpcode.Tanh when instruction.Types[^1] is PtxType.F32 => InstructionClass.SpecialFunction,
        _ => ArithmeticOf(instruction.Types.Count > 0 ? instruction.Types[^1] : PtxType.U32),
    };

    private static InstructionClass ArithmeticOf(PtxType type) => type switch
    {
        PtxType.F32 => InstructionClass.Float32,
        PtxType.F64 => InstructionClass.Float64,
        _ => type.IsFloat() ? InstructionClass.Float16 : InstructionClass.Integer,
    };

    private static InstructionClass LoadOf(StateSpace space) => space switch
    {
        StateSpace.Global => InstructionClass.LoadGlobal,
        StateSpace.Shared => InstructionClass.LoadShared,
        StateSpace.Local => InstructionClass.LoadLocal,
        StateSpace.Const => InstructionClass.LoadConstant,
        StateSpace.Param => InstructionClass.LoadParameter,
        _ => InstructionClass.Generic,
    };

    private static InstructionClass StoreOf(StateSpace space) => space switch
    {
        StateSpace.Global => InstructionClass.StoreGlobal,
        StateSpace.Shared => InstructionClass.StoreShared,
        StateSpace.Local => InstructionClass.StoreLocal,
        _ => InstructionClass.Generic,
    };

    private static int FlopsOf(PtxInstruction instruction)
    {
        if (instruction.Types.Count == 0 || !instruction.Types[0].IsFloat())
            return 0;
        var packed = instruction.Types[0] is PtxType.F16x2 or PtxType.BF16x2 ? 2 : 1;
        return instruction.Opcode switch
        {
            PtxOpcode.Fma or PtxOpcode.Mad => 2 * packed,
            PtxOpcode.Add or PtxOpcode.Sub or PtxOpcode.Mul => packed,
            _ => 0,
        };
    }

    /// <summary>2·M·N·K.</summary>
    private static int MatrixFlops(PtxInstruction mma) =>
        2 * 16 * 8 * (mma.Has(PtxModifier.M16N8K16) ? 16 : mma.Has(PtxModifier.M16N8K8) ? 8 : 4);
}
