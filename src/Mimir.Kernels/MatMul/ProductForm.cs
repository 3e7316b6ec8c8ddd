namespace Mimir.Kernels;

/// <summary>Names what is fused into a product, for those who listen to kernel calls.</summary>
internal static class ProductForm
{
    /// <summary>The parts of an epilogue, in the order in which they are applied.</summary>
    public static string Of(in LinearEpilogue epilogue) => (!epilogue.Bias.IsEmpty, epilogue.Gelu, !epilogue.Residual.IsEmpty) switch
    {
        (false, false, false) => "",
        (true, false, false) => "bias",
        (true, true, false) => "bias, GELU",
        (true, false, true) => "bias, residual",
        (true, true, true) => "bias, GELU, residual",
        (false, true, false) => "GELU",
        (false, false, true) => "residual",
        (false, true, true) => "GELU, residual",
    };
}
