namespace Mimir.Kernels.Ptx;

/// <summary>An operand of an instruction.</summary>
public abstract record PtxOperand(PtxPosition Position);

/// <summary>A register; <paramref name="IsNegated"/> is <c>!p</c>.</summary>
public sealed record RegisterOperand(PtxPosition Position, PtxRegister Register, bool IsNegated = false) : PtxOperand(Position);

/// <summary>A special register such as <c>%tid.x</c>.</summary>
public sealed record SpecialOperand(PtxPosition Position, SpecialRegister Register) : PtxOperand(Position);

/// <summary>A constant. <paramref name="Bits"/> already has the operand's type and size: sign-extended to 64 bits for integers; for floats the
/// IEEE bits of that type.</summary>
public sealed record ImmediateOperand(PtxPosition Position, ulong Bits) : PtxOperand(Position);

/// <summary>The address of a variable as a value, in the variable's own space.</summary>
public sealed record VariableOperand(PtxPosition Position, PtxVariable Variable, long Addend = 0) : PtxOperand(Position);

/// <summary><c>[base + offset]</c>: the base is a register, a variable, or missing.</summary>
public sealed record AddressOperand(PtxPosition Position, PtxRegister? Register, PtxVariable? Variable, long Offset) : PtxOperand(Position);

/// <summary><c>{a, b, …}</c>.</summary>
public sealed record VectorOperand(PtxPosition Position, IReadOnlyList<PtxOperand> Elements) : PtxOperand(Position);

/// <summary><c>p|q</c>: the second destination of setp, shfl and match.</summary>
public sealed record PairOperand(PtxPosition Position, PtxOperand First, PtxOperand Second) : PtxOperand(Position);

/// <summary><c>_</c> in a destination.</summary>
public sealed record SinkOperand(PtxPosition Position) : PtxOperand(Position);

/// <summary>A branch target.</summary>
/// <param name="Position">Where it is written.</param>
/// <param name="Name">The label.</param>
/// <param name="Target">Index of the instruction it stands before; the number of instructions for a label at the end.</param>
public sealed record LabelOperand(PtxPosition Position, string Name, int Target) : PtxOperand(Position);

/// <summary>A called function with its parameter variables.</summary>
public sealed record CallOperand(PtxPosition Position, string Function, IReadOnlyList<PtxOperand> Returns, IReadOnlyList<PtxOperand> Arguments)
    : PtxOperand(Position);
