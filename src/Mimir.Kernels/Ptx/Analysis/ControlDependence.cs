namespace Mimir.Kernels.Ptx.Analysis;

/// <summary>Where control can split and join: a block's uniformity, and the branch that decides it.</summary>
/// <param name="Level">How far threads may differ in whether they come here.</param>
/// <param name="Branch">The branch to blame.</param>
/// <param name="IsEarlyExit">Whether all that the branch does is to let threads leave the kernel early.</param>
internal readonly record struct ControlDependence(Uniformity Level, PtxInstruction? Branch, bool IsEarlyExit);
