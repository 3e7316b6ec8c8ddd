namespace Mimir.Kernels.Ptx.Emulation;

/// <summary>What every device since sm_80 accepts.</summary>
internal static class LaunchLimits
{
    /// <summary>Dynamic and static shared memory of a block, with opt-in, on sm_90.</summary>
    private const int MaximumSharedBytes = 232_448;

    /// <exception cref="ArgumentException">A size that no device accepts, or that the kernel's directives exclude.</exception>
    public static void Check(PtxFunction kernel, Dim3 grid, Dim3 block, int dynamicSharedBytes, int parameterBytes)
    {
        if (Refusal(kernel, grid, block, dynamicSharedBytes, parameterBytes) is { } reason)
            throw new ArgumentException($"launch of {kernel.Name} with {reason}");
    }

    /// <summary>What is wrong with a launch; null if nothing is.</summary>
    public static string? Refusal(PtxFunction kernel, Dim3 grid, Dim3 block, long dynamicSharedBytes, long parameterBytes)
    {
        if (grid.X < 1 || grid.Y is < 1 or > 65_535 || grid.Z is < 1 or > 65_535)
            return $"a grid of {grid}: x must be positive, y and z from 1 to 65535";
        if (block.X is < 1 or > 1024 || block.Y is < 1 or > 1024 || block.Z is < 1 or > 64 || block.Count > 1024)
            return $"a block of {block}: at most 1024 x 1024 x 64 and 1024 threads";
        if (kernel.RequiredBlock is { } required && required != block)
            return $"a block of {block}, but .reqntid is {required}";
        if (kernel.MaximumBlock is { } maximum && block.Count > maximum.Count)
            return $"a block of {block}, but .maxntid is {maximum}";
        if (dynamicSharedBytes < 0 || kernel.StaticSharedBytes + dynamicSharedBytes > MaximumSharedBytes)
            return $"{dynamicSharedBytes} bytes of dynamic shared memory and {kernel.StaticSharedBytes} static: at most {MaximumSharedBytes}";
        if (parameterBytes != kernel.ParameterBytes)
            return $"a parameter block of {parameterBytes} bytes, the entry declares {kernel.ParameterBytes}";
        return null;
    }
}
