namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Parameters and results of a device function that its header declares as registers. They are passed as all others are, in .param
/// memory: loads at the beginning of the body and stores before its returns connect it with the registers.</summary>
internal sealed class RegisterParameters
{
    private readonly List<(PtxVariable Memory, PtxRegister Register)> _pairs = [];

    /// <summary>Declares the register of a parameter.</summary>
    public void Declare(PtxVariable parameter, FunctionSymbols symbols)
    {
        symbols.DeclareRegister(parameter.Name, parameter.Type, parameter.Position);
        _pairs.Add((parameter, (PtxRegister)symbols.Find(parameter.Name)!));
    }

    /// <summary>Memory to registers.</summary>
    public IReadOnlyList<PtxInstruction> Loads() => _pairs.Select(pair => Access(PtxOpcode.Ld, pair.Memory, Value(pair), Address(pair))).ToArray();

    /// <summary>Registers to memory.</summary>
    public IReadOnlyList<PtxInstruction> Stores() => _pairs.Select(pair => Access(PtxOpcode.St, pair.Memory, Address(pair), Value(pair))).ToArray();

    private static RegisterOperand Value((PtxVariable Memory, PtxRegister Register) pair) => new(pair.Memory.Position, pair.Register);

    private static AddressOperand Address((PtxVariable Memory, PtxRegister Register) pair) => new(pair.Memory.Position, null, pair.Memory, 0);

    private static PtxInstruction Access(PtxOpcode opcode, PtxVariable memory, params PtxOperand[] operands)
    {
        // Memory has no .f16: its bits are moved.
        var type = memory.Type switch { PtxType.F16 => PtxType.B16, PtxType.F16x2 => PtxType.B32, _ => memory.Type };
        return new PtxInstruction
        {
            Opcode = opcode,
            Text = $"{(opcode == PtxOpcode.Ld ? "ld" : "st")}.param.{type.Name()}",
            Modifiers = default,
            Types = [type],
            Space = StateSpace.Param,
            Operands = operands,
            Position = memory.Position,
        };
    }
}
