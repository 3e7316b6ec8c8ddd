namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>How far threads may differ in what an instruction computes, given how far they differ in its sources.</summary>
internal sealed class ThreadValues
{
    private const int WarpBits = 5;
    private const ulong LaneMask = 31;
    private const int ThreadTerm = 1;
    private const int LaneTerm = 2;
    private const int FirstRegisterTerm = 3;

    private readonly RegisterDefinitions _definitions;
    private readonly Uniformity _rowIndex;

    /// <summary>What was stored to the places of local memory that a base and a constant name: unoptimised code keeps its variables there.</summary>
    private readonly Dictionary<(object?, long), Uniformity> _cells = [];

    public ThreadValues(PtxFunction function, RegisterDefinitions definitions)
    {
        _definitions = definitions;
        // %tid.y and .z differ inside a warp when rows are no whole warps; taken for whole where the kernel does not tell.
        var width = (function.RequiredBlock ?? function.MaximumBlock)?.X;
        _rowIndex = width is { } x && x % 32 != 0 ? Uniformity.Divergent : Uniformity.Warp;
    }

    /// <summary>Notes a store to local memory, made by threads that differ as far as <paramref name="control"/>; whether it is news.</summary>
    public bool Store(PtxInstruction store, ThreadForm[] forms, Uniformity control)
    {
        if (store.Space is not (StateSpace.Local or StateSpace.Generic))
            return false;
        var cell = Cell(store);
        var level = ThreadForm.Max(Of(store.Operands[1], forms), control);
        if (level <= _cells.GetValueOrDefault(cell))
            return false;
        _cells[cell] = level;
        return true;
    }

    /// <summary>The term that a register's value is.</summary>
    public int TermOf(PtxRegister register) => FirstRegisterTerm + register.Index;

    /// <summary>What is known of the destinations of an instruction.</summary>
    public ThreadForm Result(PtxInstruction instruction, ThreadForm[] forms) => instruction.Opcode switch
    {
        PtxOpcode.Mov or PtxOpcode.Cvta => FormOf(instruction.Operands[1], forms),
        PtxOpcode.Cvt when instruction.Types is [var to, var from] && to.Bits() >= from.Bits() && !to.IsFloat() && !from.IsFloat() =>
            FormOf(instruction.Operands[1], forms),
        PtxOpcode.Add => Sum(FormOf(instruction.Operands[1], forms), FormOf(instruction.Operands[2], forms)),
        PtxOpcode.Sub => Difference(FormOf(instruction.Operands[1], forms), FormOf(instruction.Operands[2], forms)),
        PtxOpcode.Mad when ThreadForm.Max(Of(instruction.Operands[1], forms), Of(instruction.Operands[2], forms)) is < Uniformity.Divergent and var product =>
            Sum(new ThreadForm(product), FormOf(instruction.Operands[3], forms)),
        _ => new ThreadForm(Level(instruction, forms)),
    };

    private static ThreadForm Sum(ThreadForm one, ThreadForm other)
    {
        if (one.Level == Uniformity.Divergent && other.Level == Uniformity.Divergent)
            return new ThreadForm(Uniformity.Divergent);
        return one.Term > 0 ? one.Raise(other.Level) : other.Term > 0 ? other.Raise(one.Level) : new ThreadForm(ThreadForm.Max(one.Rest, other.Rest));
    }

    private static ThreadForm Difference(ThreadForm one, ThreadForm other)
    {
        if (other.Term > 0)
            return new ThreadForm(one.Term == other.Term ? ThreadForm.Max(one.Rest, other.Rest) : Uniformity.Divergent);
        return Sum(one, other);
    }

    private ThreadForm FormOf(PtxOperand operand, ThreadForm[] forms) => operand switch
    {
        RegisterOperand value => forms[value.Register.Index],
        SpecialOperand { Register: SpecialRegister.TidX } => new ThreadForm(Uniformity.Block, ThreadTerm),
        SpecialOperand { Register: SpecialRegister.LaneId } => new ThreadForm(Uniformity.Block, LaneTerm),
        _ => new ThreadForm(Of(operand, forms)),
    };

    private Uniformity Level(PtxInstruction instruction, ThreadForm[] forms)
    {
        var sources = Uniformity.Block;
        for (var i = 1; i < instruction.Operands.Count; i++)
            sources = ThreadForm.Max(sources, Of(instruction.Operands[i], forms));
        switch (instruction.Opcode)
        {
            case PtxOpcode.Atom or PtxOpcode.Ldmatrix or PtxOpcode.Mma:
                return Uniformity.Divergent;
            case PtxOpcode.Ld or PtxOpcode.Ldu:
                return ThreadForm.Max(sources, _cells.GetValueOrDefault(Cell(instruction)));
            case PtxOpcode.Vote or PtxOpcode.Redux or PtxOpcode.Activemask:
                return Uniformity.Warp;
            case PtxOpcode.Match:
                return instruction.Has(PtxModifier.All) ? Uniformity.Warp : Uniformity.Divergent;
            case PtxOpcode.Shfl:
                var isBroadcast = instruction.Has(PtxModifier.Idx) && Of(instruction.Operands[2], forms) != Uniformity.Divergent;
                return isBroadcast ? Uniformity.Warp : sources;
            case PtxOpcode.Bar:
                return Uniformity.Block;
            case PtxOpcode.Shr or PtxOpcode.And or PtxOpcode.Div or PtxOpcode.Bfe when IsOfWarp(instruction):
                return Uniformity.Warp;
            default:
                return sources;
        }
    }

    private static (object?, long) Cell(PtxInstruction access)
    {
        var address = access.Operands.OfType<AddressOperand>().First();
        return ((object?)address.Register ?? address.Variable, address.Offset);
    }

    /// <summary>Whether an instruction takes the lane's five bits out of the thread's index.</summary>
    private bool IsOfWarp(PtxInstruction instruction) =>
        instruction.Operands[2] is ImmediateOperand { Bits: var constant }
        && instruction.Opcode switch
        {
            PtxOpcode.And => (constant & LaneMask) == 0,
            PtxOpcode.Div => constant != 0 && (constant & LaneMask) == 0,
            _ => constant >= WarpBits,
        }
        && IsThreadIndex(instruction.Operands[1]);

    private bool IsThreadIndex(PtxOperand operand) => operand switch
    {
        SpecialOperand { Register: SpecialRegister.TidX } => true,
        RegisterOperand value => _definitions.Only(value.Register) is { } origin
            && (origin.Opcode is PtxOpcode.Mov or PtxOpcode.Cvt || (origin.Opcode == PtxOpcode.And && origin.Operands[2] is ImmediateOperand))
            && IsThreadIndex(origin.Operands[1]),
        _ => false,
    };

    private Uniformity Of(PtxOperand operand, ThreadForm[] forms) => operand switch
    {
        RegisterOperand value => forms[value.Register.Index].Level,
        AddressOperand { Register: { } register } => forms[register.Index].Level,
        VectorOperand vector => vector.Elements.Max(element => Of(element, forms)),
        SpecialOperand special => Of(special.Register),
        _ => Uniformity.Block,
    };

    private Uniformity Of(SpecialRegister register) => register switch
    {
        SpecialRegister.TidX or SpecialRegister.LaneId or SpecialRegister.Clock or SpecialRegister.Clock64 => Uniformity.Divergent,
        SpecialRegister.LaneMaskEq or SpecialRegister.LaneMaskLt or SpecialRegister.LaneMaskLe => Uniformity.Divergent,
        SpecialRegister.LaneMaskGt or SpecialRegister.LaneMaskGe => Uniformity.Divergent,
        SpecialRegister.TidY or SpecialRegister.TidZ => _rowIndex,
        SpecialRegister.WarpId => Uniformity.Warp,
        _ => Uniformity.Block,
    };
}
