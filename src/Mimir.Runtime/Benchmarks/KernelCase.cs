namespace Mimir.Runtime.Benchmarks;

/// <summary>A kernel call to time. Its entry, sizes and counts of work are those that the call itself reports.</summary>
/// <param name="Family">The kernel family.</param>
/// <param name="Note">What it is in a model; may be empty.</param>
/// <param name="Prepare">Makes its arrays and returns the call.</param>
public sealed record KernelCase(string Family, string Note, Func<CaseArrays, Action> Prepare);
