namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What an instruction's modifiers say about its accesses.</summary>
/// <param name="IsStrong">Unordered accesses of this kind are no race among each other: atomics, the guesses for them, .volatile, .relaxed
/// and stronger.</param>
/// <param name="Acquires">It orders what follows behind what it sees (.acquire, .acq_rel).</param>
/// <param name="Releases">What came before is visible to whom it signals (.release, .acq_rel).</param>
/// <param name="IsGridWide">That holds beyond the block.</param>
/// <param name="IsNonCoherent">ld.global.nc: nobody may write there during the launch.</param>
internal readonly record struct AccessRule(bool IsStrong, bool Acquires, bool Releases, bool IsGridWide, bool IsNonCoherent)
{
    /// <summary>The rule of an instruction.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="isGuess">It is one of <see cref="CompareGuesses"/>.</param>
    public static AccessRule Of(PtxInstruction instruction, bool isGuess)
    {
        var isAtomic = instruction.Opcode is PtxOpcode.Atom or PtxOpcode.Red;
        var acquires = instruction.Has(PtxModifier.Acquire) || instruction.Has(PtxModifier.AcqRel);
        var releases = instruction.Has(PtxModifier.Release) || instruction.Has(PtxModifier.AcqRel);
        return new AccessRule(
            isAtomic || isGuess || acquires || releases || instruction.Has(PtxModifier.Volatile) || instruction.Has(PtxModifier.Relaxed),
            acquires,
            releases,
            !instruction.Has(PtxModifier.ScopeCta),
            instruction.Has(PtxModifier.Nc) || instruction.Opcode == PtxOpcode.Ldu);
    }
}
