namespace Mimir.Kernels.Ptx;

/// <summary>A parsed and checked PTX file.</summary>
public sealed class PtxModule
{
    /// <summary>The file's name, for messages.</summary>
    public required string File { get; init; }

    /// <summary><c>.version</c>, as 10·major + minor (7.1 is 71, 8.0 is 80).</summary>
    public required int Version { get; init; }

    /// <summary><c>.target sm_NN</c>: NN.</summary>
    public required int Target { get; init; }

    /// <summary>Global, constant and shared variables at module scope.</summary>
    public required IReadOnlyList<PtxVariable> Variables { get; init; }

    /// <summary>Kernels and device functions in order.</summary>
    public required IReadOnlyList<PtxFunction> Functions { get; init; }

    /// <summary>The kernel of that name; null where there is none.</summary>
    public PtxFunction? Entry(string name) => Functions.FirstOrDefault(function => function.IsEntry && function.Name == name);
}
