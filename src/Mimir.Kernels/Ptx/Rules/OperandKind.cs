namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What kinds of operand can stand in a place.</summary>
internal enum OperandKind
{
    /// <summary>A register or what else <see cref="OperandRule"/> allows.</summary>
    Value,
    Address,
    Label,
    Call,
}
