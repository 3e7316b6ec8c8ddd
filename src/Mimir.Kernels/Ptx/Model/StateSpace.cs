namespace Mimir.Kernels.Ptx;

/// <summary>The memories that PTX names.</summary>
public enum StateSpace
{
    /// <summary>Unnamed: a 64-bit address that windows resolve.</summary>
    Generic,
    Param,
    Global,
    Const,
    Shared,
    Local,
}
