namespace Mimir.Kernels.Devices;

/// <summary>The sizes that a kernel call was made with. Plain values, so that telling a listener costs no formatting and no memory.</summary>
/// <param name="A">The first size, in the order of the entry's parameters: rows or images.</param>
/// <param name="B">The second; 0 where there is none.</param>
/// <param name="C">The third; 0 where there is none.</param>
/// <param name="D">The fourth; 0 where there is none.</param>
/// <param name="Form">Which form of the kernel ran, such as <c>bias, GELU</c>; a constant, empty where there is one form only.</param>
public readonly record struct KernelShape(long A, long B = 0, long C = 0, long D = 0, string Form = "")
{
    /// <summary>The sizes alone, such as <c>520x192x768</c>.</summary>
    public override string ToString() => D > 0 ? $"{A}x{B}x{C}x{D}" : C > 0 ? $"{A}x{B}x{C}" : B > 0 ? $"{A}x{B}" : $"{A}";
}
