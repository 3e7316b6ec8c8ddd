namespace Mimir.Cli.Commands.Ptx;

/// <summary><c>mimir ptx run</c>: one launch of a kernel on the emulator, checked.</summary>
internal sealed class PtxRunCommand : PtxLaunchCommand
{
    /// <inheritdoc/>
    public override string Name => "ptx run";

    /// <inheritdoc/>
    public override string Summary => "Runs a kernel of any PTX file on the emulator, on arrays of .npy files, and reports what it does wrong.";
}
