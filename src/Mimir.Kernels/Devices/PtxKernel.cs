namespace Mimir.Kernels.Devices;

/// <summary>Names one kernel of the embedded PTX files. A family keeps one in a static field for each entry that it launches; a device
/// resolves it at the first launch.</summary>
/// <param name="file">The file in <c>kernels/</c>, without its ending.</param>
/// <param name="entry">The name after <c>.entry</c>.</param>
internal sealed class PtxKernel(string file, string entry)
{
    /// <summary>The file in <c>kernels/</c>, without its ending.</summary>
    public string File { get; } = file;

    /// <summary>The kernel's name in that file.</summary>
    public string Entry { get; } = entry;

    /// <inheritdoc/>
    public override string ToString() => $"{Entry} of {File}.ptx";
}
