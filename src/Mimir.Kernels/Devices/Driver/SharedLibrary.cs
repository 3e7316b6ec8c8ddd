using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Devices.Driver;

/// <summary>A shared library of the system, loaded if it is there. Never unloaded: a driver's own threads may outlive every user.</summary>
internal sealed class SharedLibrary : IEntryPoints
{
    private readonly nint _handle;

    private SharedLibrary(string name, nint handle) => (Name, _handle) = (name, handle);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Loads the first of some names that the system's loader finds.</summary>
    public static bool TryLoad(ReadOnlySpan<string> names, [NotNullWhen(true)] out SharedLibrary? library)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var handle))
            {
                library = new SharedLibrary(name, handle);
                return true;
            }
        }

        library = null;
        return false;
    }

    /// <inheritdoc/>
    public bool TryGet(string name, out nint address) => NativeLibrary.TryGetExport(_handle, name, out address);
}
