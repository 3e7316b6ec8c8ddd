namespace Mimir.Runtime.Benchmarks.Cases;

/// <summary>Every kernel case: the shapes that the models give the kernels, and some that show a kernel's limit.</summary>
public static class KernelCases
{
    /// <summary>All cases, family by family.</summary>
    public static IReadOnlyList<KernelCase> All { get; } =
    [
        .. MatMulCases.All(), .. AttentionCases.All(), .. RowCases.All(), .. UpdateCases.All(), .. PatchCases.All(), .. AttackCases.All(), .. ImageCases.All(),
    ];

    /// <summary>The names of the families, in that order.</summary>
    public static IReadOnlyList<string> Families { get; } = [.. All.Select(one => one.Family).Distinct()];
}
