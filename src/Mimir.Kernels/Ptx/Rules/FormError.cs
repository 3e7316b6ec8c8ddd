namespace Mimir.Kernels.Ptx.Rules;

/// <summary>What is wrong with an opcode; <paramref name="Suffix"/> is the index of the suffix to blame, −1 for the opcode.</summary>
internal sealed record FormError(string Kind, string Message, int Suffix);
