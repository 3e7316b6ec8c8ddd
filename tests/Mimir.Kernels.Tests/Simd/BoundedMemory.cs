using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Mimir.Kernels.Tests;

/// <summary>Floats between two pages that fault when touched, set against the page before or the page behind: one element too far
/// ends the process with an access violation.</summary>
internal sealed unsafe partial class BoundedMemory : IDisposable
{
    private const int NoAccess = 0; // PROT_NONE
    private const int ReadWrite = 3; // PROT_READ | PROT_WRITE
    private const int PrivateAnonymous = 0x22; // MAP_PRIVATE | MAP_ANONYMOUS on Linux

    private readonly byte* _region;
    private readonly nuint _bytes;

    /// <summary>Maps the memory.</summary>
    /// <param name="count">Floats, all zero at first.</param>
    /// <param name="atEnd">Whether the last float touches the page behind; else the first float touches the page before.</param>
    public BoundedMemory(int count, bool atEnd)
    {
        var page = (nuint)Environment.SystemPageSize;
        var inner = ((nuint)(count * sizeof(float)) + page - 1) / page * page;
        _bytes = inner + 2 * page;
        _region = Map(null, _bytes, NoAccess, PrivateAnonymous, -1, 0);
        if ((nint)_region == -1 || (inner > 0 && Protect(_region + page, inner, ReadWrite) != 0))
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        Pointer = (float*)(_region + page + (atEnd ? inner - (nuint)(count * sizeof(float)) : 0));
    }

    /// <summary>Whether this system has the calls.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>The first float.</summary>
    public float* Pointer { get; }

    public void Dispose() => Unmap(_region, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);
}
