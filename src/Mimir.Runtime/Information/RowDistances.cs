namespace Mimir.Runtime.Information;

/// <summary>The squared Euclidean distances between the rows of a matrix.</summary>
/// <param name="squared">‖a_i − a_j‖² [batch, batch], symmetric, with a zero diagonal.</param>
/// <param name="columns">Columns of that matrix, from 1: the RBF kernels put it into their bandwidth.</param>
public readonly ref struct RowDistances(ReadOnlySpan<double> squared, int columns)
{
    /// <summary>‖a_i − a_j‖² [batch, batch].</summary>
    public ReadOnlySpan<double> Squared { get; } = squared;

    /// <summary>Columns of the matrix whose rows these are.</summary>
    public int Columns { get; } = columns;

    internal static void Check(int batch, RowDistances x, RowDistances z, Span<double> weightsX, Span<double> weightsZ)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        var elements = (long)batch * batch;
        if (x.Squared.Length != elements || z.Squared.Length != elements)
            throw new ArgumentException($"distances of {x.Squared.Length} and {z.Squared.Length} elements, expected {elements} for [{batch}, {batch}]");
        if ((weightsX.Length != 0 && weightsX.Length != elements) || (weightsZ.Length != 0 && weightsZ.Length != elements))
            throw new ArgumentException($"weights of {weightsX.Length} and {weightsZ.Length} elements, expected none or {elements}");
        if (x.Columns < 1 || z.Columns < 1)
            throw new ArgumentException($"matrices of {x.Columns} and {z.Columns} columns");
    }
}
