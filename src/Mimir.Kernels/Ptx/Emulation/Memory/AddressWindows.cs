namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>Where generic addresses lead: windows for shared and local memory and for the kernel's parameters, everything above them is global. All bases lie beyond
/// 32 bits, so that a truncated pointer never hits anything.</summary>
internal static class AddressWindows
{
    /// <summary>The block's shared memory in the generic space; a multiple of 1024, as kernels that swizzle expect.</summary>
    public const ulong Shared = 0x0100_0000_0000;

    /// <summary>The thread's local memory in the generic space.</summary>
    public const ulong Local = 0x0200_0000_0000;

    /// <summary>The kernel's parameter block in the generic space.</summary>
    public const ulong Param = 0x0300_0000_0000;

    /// <summary>The first address an allocation can have.</summary>
    public const ulong Global = 0x7000_0000_0000;

    /// <summary>Size of each window.</summary>
    public const ulong Bytes = 0x0100_0000;

    /// <summary>The space of a generic address.</summary>
    public static StateSpace SpaceOf(ulong address) =>
        address >= Global ? StateSpace.Global
        : address - Shared < Bytes ? StateSpace.Shared
        : address - Local < Bytes ? StateSpace.Local
        : address - Param < Bytes ? StateSpace.Param
        : StateSpace.Global;

    /// <summary>What a generic address of the space begins at.</summary>
    public static ulong BaseOf(StateSpace space) => space switch
    {
        StateSpace.Shared => Shared,
        StateSpace.Local => Local,
        StateSpace.Param => Param,
        _ => 0,
    };
}
