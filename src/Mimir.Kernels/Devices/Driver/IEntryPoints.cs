namespace Mimir.Kernels.Devices.Driver;

/// <summary>A library's functions by name: the loader's, or a test's.</summary>
internal interface IEntryPoints
{
    /// <summary>The library's name.</summary>
    string Name { get; }

    /// <summary>The address of a function; false where the library has none of that name.</summary>
    bool TryGet(string name, out nint address);
}
